"""Thresholding with priors: worked numbers, and Buda et al. 2018, section 2.2."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc import PriorThreshold

SCORES = np.array(
    [
        [0.6, 0.3, 0.1],
        [0.5, 0.4, 0.1],
        [0.2, 0.5, 0.3],
        [0.4, 0.4, 0.2],
        [0.1, 0.3, 0.6],
        [0.3, 0.45, 0.25],
    ]
)
TARGET = np.array([0, 0, 1, 1, 2, 2])
COUNTS = ClassCounts((5000, 500, 50))


def macro_auc(scores) -> float:
    return float(np.mean([roc_auc_score(k == TARGET, scores[:, k]) for k in range(3)]))


def test_auc_stays_until_rows_are_renormalised() -> None:
    out = PriorThreshold(COUNTS)(SCORES)
    assert macro_auc(SCORES) == pytest.approx(0.8958333, abs=1e-7)
    assert macro_auc(out) == pytest.approx(0.8958333, abs=1e-7)
    assert macro_auc(out / out.sum(1, keepdims=True)) == pytest.approx(0.75)


def test_worked_row() -> None:
    out = PriorThreshold(COUNTS)(np.array([[0.7, 0.2, 0.1]]))
    assert out[0] == pytest.approx([0.777, 2.22, 11.1])
    assert out.argmax() == 2
    assert out[0] / out.sum() == pytest.approx([0.0551181, 0.1574803, 0.7874016], abs=1e-7)


def test_a_given_prior_replaces_that_of_the_counts() -> None:
    given_prior = PriorThreshold(COUNTS, prior=[1, 1, 2])(SCORES)
    assert given_prior == pytest.approx(SCORES / [0.25, 0.25, 0.5])
    with pytest.raises(ArgumentError, match="one share for each of 3"):
        PriorThreshold(COUNTS, prior=[0.5, 0.5])
    with pytest.raises(ArgumentError, match="non-negative"):
        PriorThreshold(COUNTS, prior=[0.5, 0.6, -0.1])


def test_an_empty_class_raises_or_keeps_its_column() -> None:
    with pytest.raises(ArgumentError, match="index 1"):
        PriorThreshold(ClassCounts((3, 0, 1)))
    out = PriorThreshold(ClassCounts((3, 0, 1)), zero_count="ignore")(SCORES)
    assert out == pytest.approx(SCORES / [0.75, 1, 0.25])


def test_balanced_counts_decide_as_before() -> None:
    out = PriorThreshold(ClassCounts((7, 7, 7)))(SCORES)
    assert np.array_equal(out.argmax(1), SCORES.argmax(1))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 10**6), min_size=3, max_size=3), st.integers(0, 2**31))
def test_each_one_vs_rest_auc_is_unchanged(counts, seed) -> None:
    random = np.random.default_rng(seed)
    scores = random.dirichlet([1, 1, 1], size=30).round(2)
    target = np.arange(30) % 3
    out = PriorThreshold(ClassCounts(tuple(counts)))(scores)
    for k in range(3):
        before = roc_auc_score(target == k, scores[:, k])
        assert roc_auc_score(target == k, out[:, k]) == pytest.approx(before, abs=1e-12)
