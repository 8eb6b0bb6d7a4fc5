"""Whether networks, which compute in float32, can hold the numbers of an array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

LARGEST = float(np.finfo(np.float32).max)
MOST_NAMED = 5
_PLACES = {2: "row {}, column {}", 3: "sample {}, channel {}, step {}"}


def require_held(
    values: NDArray[np.generic], where: str, holes: str = "impute or drop them"
) -> None:
    """Refuse numbers that float32 does not hold, and values that are no numbers.

    Args:
        values: real, (N, D) or (N, C, T).
        where: they stand, for messages.
        holes: what to do about missing values.

    Raises:
        DataError: the first such number by its place, counted from 0; or the samples with NaN or
            infinity.

    >>> require_held(np.array([[1.0, 2.0], [3.0, 1e300]]), "X")
    Traceback (most recent call last):
    counterpoise.errors.DataError: X, row 1, column 1: a number of at most 3.4e+38, as float32 \
holds; got 1e+300 (scale the column)
    """
    if values.dtype.kind != "f" or not values.size:
        return
    low, high = float(values.min()), float(values.max())
    if low >= -LARGEST and high <= LARGEST:  # never so where one is NaN
        return
    finite = np.isfinite(values)
    if not finite.all():
        bad = np.flatnonzero(~finite.reshape(len(values), -1).all(axis=1))
        first = ", ".join(map(str, bad[:MOST_NAMED])) + (", ..." if len(bad) > MOST_NAMED else "")
        number = int((~finite).sum())
        raise DataError(
            f"{where}: {number} {'value is' if number == 1 else 'values are'} NaN or infinite, "
            f"in {len(bad)} sample{'s' if len(bad) > 1 else ''} ({first}); {holes}"
        )
    place = tuple(int(k) for k in np.argwhere(np.abs(values) > LARGEST)[0])
    said = _PLACES.get(len(place), f"place {place}").format(*place)
    what = "column" if len(place) == 2 else "channel"
    raise DataError(
        f"{where}, {said}: a number of at most {LARGEST:.2g}, as float32 holds; got "
        f"{float(values[place]):.4g} (scale the {what})"
    )
