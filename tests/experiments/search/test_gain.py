"""What twice the rounds gain, against what would seem gained by chance."""

from typing import Any

import numpy as np
import pytest

from counterpoise.experiments.search.gain import gain_interval
from counterpoise.experiments.validated import Validated


def validated(predicted: Any, target: Any, sure: float = 0.9) -> Validated:
    """Of two classes, each prediction as sure as the others."""
    scores = np.full((len(target), 2), 1 - sure)
    scores[np.arange(len(target)), predicted] = sure
    return Validated(scores, scores, np.asarray(target))


TARGET = np.repeat([0, 1], [40, 8])


def test_no_gain_has_an_interval_of_nothing() -> None:
    same = validated(TARGET, TARGET)
    assert gain_interval(same, same, "balanced_accuracy") == (0, 0)


def test_a_gain_in_most_samples_is_above_zero_and_a_loss_below() -> None:
    wrong = np.where(np.arange(48) % 2, TARGET, 1 - TARGET)
    short, long = validated(wrong, TARGET), validated(TARGET, TARGET)
    low, high = gain_interval(short, long, "balanced_accuracy") or (0, 0)
    assert 0 < low < 0.5 < high
    low, high = gain_interval(long, short, "balanced_accuracy") or (0, 0)
    assert low < -0.5 < high < 0


def test_a_gain_in_one_sample_is_not_significant() -> None:
    wrong = TARGET.copy()
    wrong[-1] = 0
    low, high = gain_interval(validated(wrong, TARGET), validated(TARGET, TARGET), "g_mean") or (
        1,
        0,
    )
    assert low == 0
    assert high > 0.1


def test_a_lower_loss_is_a_gain() -> None:
    low, high = gain_interval(
        validated(TARGET, TARGET, 0.6), validated(TARGET, TARGET, 0.9), "nll"
    ) or (0, 0)
    assert 0 < low < np.log(0.9 / 0.6) < high
    assert low + high == pytest.approx(2 * np.log(0.9 / 0.6))


def test_samples_of_one_group_are_drawn_together() -> None:
    wrong = np.where(np.arange(48) < 20, 1, TARGET)  # half of class 0, one group
    groups = np.where(np.arange(48) < 20, 0, np.where(TARGET == 0, 1, np.arange(48)))
    short, long = validated(wrong, TARGET), validated(TARGET, TARGET)
    alone = gain_interval(short, long, "balanced_accuracy")
    together = gain_interval(short, long, "balanced_accuracy", groups)
    assert alone is not None
    assert together is not None
    assert alone[0] > 0.1
    assert together == (0, 0.5)  # both draws are of the other group, or both of this one


def test_the_half_width_is_that_of_a_sign_test() -> None:
    """Of n samples of one class, k right only after the longer training."""
    target = np.repeat([0, 1], [40, 40])
    for k, significant in ((5, False), (6, True)):  # 2 ** (1 - k) is above .05, and below
        wrong = target.copy()
        wrong[-k:] = 0
        low, _ = gain_interval(
            validated(wrong, target), validated(target, target), "balanced_accuracy"
        ) or (9, 9)
        assert (low > 0) == significant, k


def test_the_only_sample_of_a_class_shows_nothing() -> None:
    target = np.repeat([0, 1, 2], [40, 8, 1])
    wrong = target.copy()
    wrong[-1] = 0

    def of_three(predicted: Any) -> Validated:
        scores = np.full((len(target), 3), 0.05)
        scores[np.arange(len(target)), predicted] = 0.9
        return Validated(scores, scores, target)

    low, high = gain_interval(of_three(wrong), of_three(target), "balanced_accuracy") or (9, 9)
    assert low == 0
    assert high == pytest.approx(2 / 3)


def test_margins_have_no_loss_to_gain() -> None:
    margins = Validated(np.eye(2)[TARGET], None, TARGET)
    assert gain_interval(margins, validated(TARGET, TARGET), "nll") is None
