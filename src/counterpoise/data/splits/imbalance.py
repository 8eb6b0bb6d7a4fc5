"""Shapes of imbalance: class counts as pure functions of a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence


def half_up(value: float) -> int:
    """Round to the nearest integer, halves up, whatever the language's own rule."""
    return math.floor(value + 0.5 + 1e-9)


def step_counts(n_max: int, rho: float, num_classes: int, minority: Sequence[int]) -> list[int]:
    """Minority classes hold ``n_max / rho``, the others `n_max`. (Buda et al. 2018, eq. 1-2)

    >>> step_counts(5000, 10, 4, minority=[1, 2])
    [5000, 500, 500, 5000]
    """
    few = max(1, half_up(n_max / rho))
    return [few if k in minority else n_max for k in range(num_classes)]


def linear_counts(n_max: int, rho: float, num_classes: int) -> list[int]:
    """From ``n_max / rho`` up to `n_max` in equal steps. (Buda et al. 2018)

    >>> linear_counts(5000, 10, 10)[:3]
    [500, 1000, 1500]
    """
    few = n_max / rho
    return [half_up(few + (n_max - few) * i / (num_classes - 1)) for i in range(num_classes)]


def exp_counts(n_max: int, ratio: float, num_classes: int) -> list[int]:
    """The exponential long tail, from `n_max` down to ``n_max / ratio``. (Cao et al. 2019)

    >>> exp_counts(5000, 100, 10)
    [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    """
    if num_classes == 1:
        return [n_max]
    last = num_classes - 1
    return [math.floor(n_max * ratio ** (-i / last) + 1e-9) for i in range(num_classes)]
