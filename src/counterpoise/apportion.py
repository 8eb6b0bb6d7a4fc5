"""Whole numbers in given proportions, with an exact sum."""

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def apportion(wanted: Values, total: int) -> Counts:
    """Whole numbers that sum to `total`, by largest remainder; ties to the lower index.

    `wanted` sums to `total`; whoever is owed less than nothing gets nothing.

    >>> apportion(np.array([81.833, 9.165, 9.002]), 100)
    array([82,  9,  9])
    """
    whole = np.floor(wanted + 1e-9).clip(0).astype(np.int64)
    left = np.round(wanted - whole, 9)  # so that ties are ties
    short = total - int(whole.sum())
    assert abs(short) <= len(whole)
    if short > 0:
        whole[np.argsort(-left, kind="stable")[:short]] += 1
    elif short < 0:
        held = np.where(whole > 0, left, np.inf)
        whole[np.argsort(held, kind="stable")[:-short]] -= 1
    return whole


def apportion_capped(shares: Values, caps: Counts, total: int) -> Counts:
    """Whole numbers in proportion to `shares`, none above its cap, that sum to `total`.

    What a cap takes away goes to the others, in proportion to their shares, and to those without
    a share last.

    Args:
        shares: (n,) not negative.
        caps: (n,) not negative; their sum is at least `total`.
        total: to hand out.

    >>> apportion_capped(np.array([8.0, 1.0, 1.0]), np.array([30, 50, 50]), 50)
    array([30, 10, 10])
    """
    assert 0 <= total <= int(caps.sum())
    given = np.zeros(len(caps), dtype=np.int64)
    free = caps > 0
    weights = np.where(shares > 0, shares, 0.0)
    while total:
        if not weights[free].sum() > 0:
            weights = np.ones(len(caps))
        wanted = np.where(free, weights, 0.0)
        wanted = wanted / wanted.sum() * total
        full = free & (wanted >= caps)
        if not full.any():
            return given + apportion(wanted, total)
        given[full] = caps[full]
        total -= int(caps[full].sum())
        free &= ~full
    return given
