"""The decision that costs least."""

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc import MinimumCost

COUNTS = ClassCounts((90, 30, 6, 2))  # 32 on average


def probabilities(num: int = 500, classes: int = 4) -> np.ndarray:
    return np.random.default_rng(0).dirichlet([1.0] * classes, size=num)


def cheapest(p: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Elkan's equation 1 as loops."""
    classes = range(len(costs))
    expected = [[sum(row[i] * costs[i][j] for i in classes) for j in classes] for row in p]
    return np.array([min(classes, key=lambda j: each[j]) for each in expected])


def test_any_costs() -> None:
    costs = np.random.default_rng(1).uniform(0, 9, (4, 4))
    rule = MinimumCost(COUNTS, costs=costs.tolist())
    p = probabilities()
    assert (rule(p).argmax(1) == cheapest(p, costs)).all()
    assert rule.operations() is None
    assert (rule(p) >= 0).all()


def test_a_miss_of_a_class_below_the_average_costs_more() -> None:
    costs = np.array([[0, 1, 1, 1], [10, 0, 10, 10], [10, 10, 0, 10], [10, 10, 10, 0]])
    p = probabilities()
    assert (MinimumCost(COUNTS, minority=10)(p).argmax(1) == cheapest(p, costs)).all()
    np.testing.assert_array_equal(MinimumCost(COUNTS, minority=10).costs, costs)
    same = MinimumCost(COUNTS, costs=costs.tolist())
    np.testing.assert_array_equal(same(p), MinimumCost(COUNTS, minority=10)(p))


def test_equal_costs_or_equal_classes_change_nothing() -> None:
    p = probabilities()
    np.testing.assert_array_equal(MinimumCost(COUNTS)(p), p)
    with pytest.warns(UserWarning, match="minority is ignored: all classes have equally many"):
        rule = MinimumCost(ClassCounts((5, 5, 5, 5)), minority=10)
    np.testing.assert_array_equal(rule(p), p)
    MinimumCost(ClassCounts((5, 5, 5, 5)))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"minority": 0}, "minority is a cost above 0; got 0"),
        ({"minority": 2, "costs": np.ones((4, 4)).tolist()}, "leave minority out"),
        ({"costs": [[0, 1], [1, 0]]}, r"costs of 4 classes are \(4, 4\).*got shape \(2, 2\)"),
        ({"costs": [[0, 1], [1]]}, "rows of numbers of equal length"),
        ({"costs": np.zeros((4, 4)).tolist()}, "not all 0"),
        ({"costs": (-np.eye(4)).tolist()}, "at least 0"),
    ],
)
def test_settings_that_are_no_costs(given: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        MinimumCost(COUNTS, **given)  # type: ignore[arg-type]
