"""What a longer training gains on validation, and what it would seem to gain by chance."""

from __future__ import annotations

import numpy as np

from counterpoise.experiments.validated import Indices, Validated
from counterpoise.metrics import LOWER_IS_BETTER

DRAWS = 500
LEVEL = 0.95
EXACT = 1e-9  # gains that differ by less are equal


def gain_interval(
    short: Validated, long: Validated, select: str, groups: Indices | None = None
) -> tuple[float, float] | None:
    """Interval of what the longer training gains; None where it is undefined.

    Its half-width is what would be gained by chance: were the two equally good, each sample's
    predictions might as well be swapped (paired randomization test). Unlike a bootstrap, it knows
    that one rare sample, even the only one of its class, shows nothing.

    Args:
        short: of the shorter training.
        long: of the longer one, on the same samples.
        select: the metric; of NLL and ECE a fall is a gain.
        groups: (N,) of the samples, which are then swapped group by group.
    """
    sign = -1.0 if select in LOWER_IS_BETTER else 1.0
    gain = sign * (long.value(select) - short.value(select))
    random = np.random.default_rng(0)
    units = np.arange(len(short.target)) if groups is None else groups
    _, unit = np.unique(units, return_inverse=True)
    gains = []
    for _ in range(DRAWS):
        swapped = (random.random(unit.max() + 1) < 0.5)[unit]
        one, other = short.mixed(long, swapped), long.mixed(short, swapped)
        gains.append(other.value(select) - one.value(select))
    known = np.array([value for value in gains if not np.isnan(value)])
    if np.isnan(gain) or 2 * len(known) < DRAWS:
        return None
    by_chance = float(np.quantile(np.abs(known), LEVEL, method="higher"))
    low, high = gain - by_chance, gain + by_chance
    return (0.0 if abs(low) < EXACT else low), (0.0 if abs(high) < EXACT else high)
