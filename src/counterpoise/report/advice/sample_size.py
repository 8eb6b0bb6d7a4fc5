"""How much more data a question needs: plain arithmetic on intervals and counts."""

from __future__ import annotations

import math

STEP = 0.1  # recall is to move in steps under this
ENOUGH = math.floor(1 / STEP) + 1  # samples of a class: with 11, one is .091


def times_the_data(difference: float, interval: tuple[float, float]) -> int | None:
    """How many times the test samples would let an interval of this difference leave out zero.

    The half-width of an interval falls with the square root of the number of samples, so with w
    now, it equals the difference at ``(w / difference) ** 2`` times as many. The difference itself
    may turn out to be another.

    Returns:
        A whole number of times, from 2; None where the interval leaves out zero already, or the
        difference is zero.

    >>> times_the_data(0.02, (-0.02, 0.06))
    4
    """
    low, high = interval
    if not difference or low > 0 or high < 0:
        return None
    return max(2, math.ceil(((high - low) / 2 / difference) ** 2 - 1e-9))


def missing_samples(there: int) -> int:
    """How many more test samples of a class make its recall move in steps under .1.

    >>> missing_samples(3), missing_samples(10), missing_samples(11)
    (8, 1, 0)
    """
    return max(0, ENOUGH - there)
