"""Names of metrics: hyphens may stand for underscores, and a near name is suggested."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.metrics import (
    CONFUSION_METRICS,
    LOWER_IS_BETTER,
    METRICS,
    Costs,
    Evaluation,
    require_metric,
)
from counterpoise.metrics.names import EXPECTED_COST, MEANINGS, REVISIONS, TITLES, outdated


def test_unknown_metric_suggests_the_near_name() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'balanced_accuracy'"):
        require_metric("balanced_acuracy")
    with pytest.raises(ArgumentError, match="did you mean 'g_mean'"):
        Evaluation(np.eye(2, dtype=np.int64)).values(["gmean"])
    assert require_metric("g-mean") == "g_mean"


def test_every_metric_has_a_meaning() -> None:
    assert set(MEANINGS) == set(TITLES)
    assert not any(text.endswith(".") for text in MEANINGS.values())


def test_every_name_is_a_metric_of_an_evaluation() -> None:
    evaluation = Evaluation(np.eye(2, dtype=np.int64))
    assert set(evaluation.values()) == set(METRICS)
    assert set(CONFUSION_METRICS) <= set(METRICS)
    assert LOWER_IS_BETTER - set(METRICS) == {EXPECTED_COST} == set(TITLES) - set(METRICS)


def test_the_expected_cost_is_there_with_costs_only() -> None:
    matrix = np.array([[80, 10], [4, 6]])
    assert Evaluation(matrix).values(["expected_cost"]) == {"expected_cost": None}
    costs = Costs.of_rule((90, 10), minority=10)
    found = Evaluation(matrix, costs=costs).values()
    assert found["expected_cost"] == pytest.approx((10 + 4 * 10) / 100)
    with pytest.raises(ArgumentError, match="no metric is called 'expected_cost'"):
        require_metric("expected_cost")
    with pytest.raises(ArgumentError, match="costs are of the 2 classes; got 3"):
        Evaluation(matrix, costs=Costs(misses=np.ones(3)))


def test_values_of_an_earlier_revision_are_outdated_where_it_moved_them() -> None:
    assert outdated({}, num_classes=2, margins=True) == tuple(REVISIONS)
    assert outdated(REVISIONS, num_classes=2, margins=True) == ()
    assert outdated({"auc": 2}, num_classes=2, margins=True) == ("average_precision",)
    assert outdated({}, num_classes=2, margins=False) == ()
    assert outdated({}, num_classes=10, margins=True) == ()
