"""Weighted AUC and average precision: repetition, scikit-learn's weights, numeric derivatives."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from counterpoise.metrics import Ranking
from counterpoise.report.bootstrap.weighted_ranking import WeightedRanking


def case(seed: int, steps: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    rng = np.random.default_rng(seed)
    num = int(rng.integers(4, 25))
    positive = rng.random(num) < 0.4
    positive[:2] = True, False
    return rng.integers(0, steps, num) / steps + 0.3 * positive, positive


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([3, 10, 10_000]))
def test_whole_weights_equal_repeated_samples(seed: int, steps: int) -> None:
    scores, positive = case(seed, steps)
    rng = np.random.default_rng(seed + 1)
    weights = rng.integers(0, 4, (len(scores), 5)).astype(np.float32)
    weights[:, 0] = 1.0
    auc, average = WeightedRanking(scores, positive).weighted(weights)
    for draw in range(5):
        times = weights[:, draw].astype(np.int64)
        repeated = Ranking(np.repeat(scores, times), np.repeat(positive, times))
        np.testing.assert_allclose(auc[draw], repeated.auc(), atol=1e-6)
        np.testing.assert_allclose(average[draw], repeated.average_precision(), atol=1e-6)
        if repeated.defined:
            weighted = {"sample_weight": times}
            assert auc[draw] == pytest.approx(
                sk.roc_auc_score(positive, scores, **weighted), abs=1e-6
            )
            assert average[draw] == pytest.approx(
                sk.average_precision_score(positive, scores, **weighted), abs=1e-6
            )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([3, 10, 10_000]))
def test_influence_is_the_derivative(seed: int, steps: int) -> None:
    scores, positive = case(seed, steps)
    order = WeightedRanking(scores, positive)
    for influence, k in zip(order.influence(), (0, 1), strict=True):
        assert abs(influence.sum()) < 1e-9  # more of the same changes nothing
        for i in range(len(scores)):
            change = np.zeros(len(scores))
            change[i] = 1e-2
            both = [
                (sk.roc_auc_score, sk.average_precision_score)[k](
                    positive, scores, sample_weight=1.0 + sign * change
                )
                for sign in (1, -1)
            ]
            assert influence[i] == pytest.approx((both[0] - both[1]) / 2e-2, abs=2e-5)
