"""What a number calls for."""

import pytest

from counterpoise.service.alerts.hysteresis import Signal
from counterpoise.service.alerts.measured import between


@pytest.mark.parametrize(
    ("value", "signal"),
    [(0.1, Signal.CLEAR), (0.2, Signal.NEITHER), (0.25, Signal.RAISE), (9.0, Signal.RAISE)],
)
def test_between_two_numbers_nothing_changes(value: float, signal: Signal) -> None:
    found = between(0.25, 0.2, value, "why")
    assert (found.signal, found.value, found.detail) == (signal, value, "why")
