"""Logit adjustment after training: worked numbers (Menon et al. 2021, eq. 9), limit cases."""

import numpy as np
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc import LogitAdjustment, PriorThreshold

Z = np.array([[2, 1, 0], [0.5, 1.5, -0.5], [0, 0.2, 1.2], [1, 1, 1]])
P = np.exp(Z) / np.exp(Z).sum(1, keepdims=True)
COUNTS = ClassCounts((800, 400, 1000))


def test_worked_numbers() -> None:
    """On logits: z - log prior, which differs from log scores by a constant of the row."""
    out = LogitAdjustment(COUNTS)(P)
    assert out.argmax(1).tolist() == [0, 1, 2, 1]
    logits = np.log(out) - np.log(P) + Z
    row = logits[3] + np.log(3)  # the target prior of 1/3 is the paper's common constant
    assert row == pytest.approx([2.01160091, 2.70474809, 1.78845736], abs=1e-8)


def test_tau_one_decides_like_thresholding() -> None:
    out = LogitAdjustment(COUNTS)(P)
    assert 3 * out == pytest.approx(PriorThreshold(COUNTS)(P))


def test_tau_zero_and_balanced_counts_change_nothing() -> None:
    assert LogitAdjustment(COUNTS, tau=0)(P) == pytest.approx(P)
    assert LogitAdjustment(ClassCounts((4, 4, 4)), tau=2)(P) == pytest.approx(P)


def test_from_one_prior_to_another_is_bayes() -> None:
    """Scores for a new prior, renormalised, are the posterior under it."""
    likelihood = np.array([[0.2, 0.5, 0.1], [0.6, 0.1, 0.3]])
    old, new = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.6])
    posterior = likelihood * old / (likelihood @ old)[:, None]
    out = LogitAdjustment(COUNTS, source=old.tolist(), target=new.tolist())(posterior)
    expected = likelihood * new / (likelihood @ new)[:, None]
    assert out / out.sum(1, keepdims=True) == pytest.approx(expected)
    same = LogitAdjustment(COUNTS, source=old.tolist(), target=old.tolist())(posterior)
    assert same == pytest.approx(posterior)


def test_an_empty_class_raises_or_keeps_its_column() -> None:
    with pytest.raises(ArgumentError, match="index 1"):
        LogitAdjustment(ClassCounts((3, 0, 1)))
    out = LogitAdjustment(ClassCounts((3, 0, 1)), zero_count="ignore")(P)
    assert out[:, 1] == pytest.approx(P[:, 1])


def test_settings_that_do_not_fit() -> None:
    with pytest.raises(ArgumentError, match="tau"):
        LogitAdjustment(COUNTS, tau=-1)
    with pytest.raises(ArgumentError, match="target has one share"):
        LogitAdjustment(COUNTS, target=[0.5, 0.5])
