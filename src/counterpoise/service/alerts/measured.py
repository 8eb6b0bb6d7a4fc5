"""What a rule measures, and what that calls for."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoise.service.alerts.hysteresis import Signal


@dataclass(frozen=True)
class Measured:
    """What a rule measures of a camera, or of all."""

    signal: Signal
    value: float
    detail: str


def between(raise_at: float | None, clear_at: float | None, value: float, detail: str) -> Measured:
    """Raised from one number on, cleared below another.

    >>> [between(3, 2, value, "").signal.value for value in (1.0, 2.0, 3.0)]
    ['clear', 'neither', 'raise']
    """
    if value >= (raise_at or 0):
        return Measured(Signal.RAISE, value, detail)
    return Measured(Signal.CLEAR if value < (clear_at or 0) else Signal.NEITHER, value, detail)
