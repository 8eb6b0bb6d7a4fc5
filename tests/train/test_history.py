"""When a training counts as converged."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from counterpoise.train.history import Round, converged

STORED = json.loads((Path(__file__).parent / "digits_histories.json").read_text())


def rounds(
    losses: list[float], rates: list[float] | None = None, validation: list[Any] | None = None
) -> list[Round]:
    found: list[Round] = []
    for number, loss in enumerate(losses):
        record: Round = {"train_loss": loss, "lr": 0.1 if rates is None else rates[number]}
        if validation is not None:
            record["validation"] = {"loss": validation[number]}
        found.append(record)
    return found


@pytest.mark.parametrize(
    ("number", "expected"), [("10", False), ("20", False), ("80", False), ("200", True)]
)
def test_the_baseline_on_digits(number: str, expected: bool) -> None:
    """Histories of two seeds at step:rho=20,mu=0.5, where 200 rounds are enough."""
    for history in STORED[number]:
        assert converged(rounds(history["train_loss"], history["lr"], history["loss"])) is expected


def test_a_decaying_rate_proves_nothing() -> None:
    """The loss is flat in the last half, because the rate is nearly zero there."""
    rates = [0.5 * (1 + math.cos(math.pi * r / 40)) for r in range(40)]
    losses, sum_of_rates = [], 0.0
    for rate in rates:
        sum_of_rates += rate
        losses.append(2 * math.exp(-sum_of_rates / 20))
    assert losses[30] - losses[-1] < 0.05
    assert converged(rounds(losses, rates)) is False
    long = [2 * math.exp(-10 * r / 20) for r in range(40)]
    assert converged(rounds(long, rates)) is True


def test_five_per_cent_of_the_first_loss_in_the_last_doubling_is_the_edge() -> None:
    for fall, expected in ((0.09, True), (0.11, False)):  # of a first loss of 2
        losses = [2.0, *([1.0] * 59), *([1.0 - fall] * 40)]
        assert converged(rounds(losses)) is expected


def test_a_loss_that_has_barely_begun_to_fall_is_still_falling() -> None:
    """Iris at 5 rounds: .77 on test, where 20 rounds give .83."""
    begun = [1.021, 0.989, 0.948, 0.91, 0.895]
    rates = [0.00905, 0.00655, 0.00345, 0.00095, 0.0]
    assert converged(rounds(begun, rates, [1.011, 0.969, 0.932, 0.911, 0.905])) is False


def test_a_later_stage_is_measured_by_the_loss_that_the_first_began_with() -> None:
    tuning = rounds([0.4, *([0.30] * 59), *([0.27] * 40)])
    assert converged(tuning) is False
    assert converged(tuning, first=rounds([2.0])[0]) is True


def test_what_is_solved_needs_no_lower_loss() -> None:
    """Wine at 20 rounds: every sample right, and a loss that halves."""
    falling = rounds(
        [1 - 0.009 * r for r in range(100)], validation=[1 - 0.009 * r for r in range(100)]
    )
    assert converged(falling) is False
    for record in falling[85:]:
        record["validation"]["balanced_accuracy"] = 1.0
    assert converged(falling) is True
    falling[95]["validation"]["balanced_accuracy"] = 0.8
    assert converged(falling) is False


def test_a_rise_is_no_fall() -> None:
    assert converged(rounds([0.1 + 0.01 * r for r in range(50)])) is True


def test_what_is_only_memorised_needs_no_more_rounds() -> None:
    falling = [1 - 0.009 * r for r in range(100)]
    assert converged(rounds(falling, validation=[1.0] * 100)) is True
    assert converged(rounds(falling, validation=falling)) is False
    assert converged(rounds(falling, validation=[None] * 100)) is False


def test_one_noisy_round_decides_nothing() -> None:
    losses = [2.0, *([1.0] * 98), 0.5]
    assert converged(rounds(losses)) is True


def test_three_rounds_are_the_fewest() -> None:
    assert converged(rounds([1.0, 0.5])) is None
    assert converged(rounds([1.0, 0.5, 0.4], rates=[0.75, 0.25, 0.0])) is False
