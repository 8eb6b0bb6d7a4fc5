"""Budgets are written so that they can be given, and a larger one is always larger."""

import pytest

from counterpoise.experiments.option_rules import parse_duration
from counterpoise.time_words import as_budget, at_least, larger


@pytest.mark.parametrize("seconds", [1, 24, 60, 90, 3600, 3661, 90000])
def test_what_is_written_can_be_given(seconds: float) -> None:
    assert parse_duration(as_budget(seconds)) == seconds


def test_round_numbers_are_no_less() -> None:
    for seconds in range(1, 20000, 7):
        assert seconds <= at_least(seconds) <= max(30, seconds + 3600)


@pytest.mark.parametrize("enough", [None, 0.0, 10.0, 500.0])
def test_a_larger_budget_is_twice_as_long_and_enough(enough: float | None) -> None:
    for budget in (7.0, 60.0, 5000.0):
        given = parse_duration(larger(budget, enough))
        assert given >= 2 * budget
        assert given >= (enough or 0.0)
