"""Learning-rate schedules: pure functions of the update, so that resuming needs no state."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from counterpoise.errors import ArgumentError, near

Schedule = Callable[[int, int], float]


def make(name: str, parameters: Mapping[str, object], updates_per_round: int = 1) -> Schedule:
    """A function ``factor(update, total)`` that multiplies the base learning rate.

    Args:
        name: "constant", "cosine" (to 0), "linear" (to 0), "inv" (Caffe's
            ``(1 + gamma * update) ** -power``; Buda et al. 2018 use 1e-4 and 0.75), "steps"
            (times `gamma` at each fraction of the total in `at`), or "exponential" (times `gamma`
            after each round, or after `every` so many updates; ``staircase=False`` falls within
            them, too, as ``gamma ** (update / every)``).
        parameters: keyword arguments of that schedule; "cosine" and "linear" take `warmup`, a
            fraction of the total.
        updates_per_round: what `every` is when left out.

    Raises:
        ArgumentError: unknown name.

    >>> round(0.01 * make("inv", {})(5000, 10000), 8)
    0.00737788
    >>> [make("exponential", {"gamma": 0.5}, 100)(update, 1000) for update in (99, 100, 250)]
    [1.0, 0.5, 0.25]
    """
    makers: dict[str, Callable[..., Schedule]] = {
        "constant": _constant,
        "cosine": _cosine,
        "linear": _linear,
        "inv": _inv,
        "steps": _steps,
        "exponential": partial(_exponential, updates_per_round),
    }
    if name not in makers:
        raise ArgumentError(f"unknown schedule '{name}'{near(name, makers)}")
    return makers[name](**parameters)


def _constant() -> Schedule:
    return lambda update, total: 1.0


def _warm(update: int, total: int, warmup: float) -> float:
    return min(1.0, (update + 1) / (warmup * total)) if warmup > 0 else 1.0


def _cosine(warmup: float = 0.0) -> Schedule:
    return lambda update, total: (
        _warm(update, total, warmup) * 0.5 * (1 + math.cos(math.pi * update / total))
    )


def _linear(warmup: float = 0.0) -> Schedule:
    return lambda update, total: _warm(update, total, warmup) * (1 - update / total)


def _inv(gamma: float = 1e-4, power: float = 0.75) -> Schedule:
    return lambda update, total: (1 + gamma * update) ** -power


def _steps(at: tuple[float, ...] = (0.6, 0.8), gamma: float = 0.1) -> Schedule:
    return lambda update, total: gamma ** sum(update >= fraction * total for fraction in at)


def _exponential(
    updates_per_round: int, gamma: float = 0.95, every: int = 0, staircase: bool = True
) -> Schedule:
    length = every or updates_per_round
    if staircase:
        return lambda update, total: gamma ** (update // length)
    return lambda update, total: gamma ** (update / length)
