"""Costs of predictions, whole or by the class that is missed."""

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.metrics import Confusion, Costs, expected_cost
from counterpoise.posthoc import MinimumCost

COUNTS = (90, 30, 6, 2)
RANDOM = np.random.default_rng(0)


def test_minority_is_that_of_the_decision_rule() -> None:
    costs = Costs.of_rule(COUNTS, minority=10)
    rule = MinimumCost(ClassCounts(COUNTS), minority=10)
    np.testing.assert_array_equal(costs.dense(), rule.costs)
    assert costs.num_classes == 4


@pytest.mark.parametrize("whole", [True, False])
def test_the_mean_is_that_of_the_dense_matrix(whole: bool) -> None:
    matrix = RANDOM.uniform(0, 5, (4, 4)) if whole else None
    costs = Costs.of_rule(COUNTS, minority=None if whole else 7.0, matrix=matrix)
    true, predicted = RANDOM.integers(0, 4, (2, 300))
    confusion = Confusion.from_pairs(true, predicted, 4)
    assert costs.mean(confusion) == pytest.approx(costs.of(true, predicted).mean())
    assert costs.mean(confusion) == pytest.approx(expected_cost(confusion.dense(), costs.dense()))
    assert np.isnan(costs.mean(Confusion.from_dense(np.zeros((4, 4), dtype=np.int64))))
