"""WISDM v1.1: 36 people with a phone in the pocket, six activities, as the text was published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.sources.published import require_counts
from counterpoise.data.sources.windows import windows
from counterpoise.data.sources.wisdm_text import read_text, said_of

FILE = "WISDM_ar_v1.1/WISDM_ar_v1.1_raw.txt"
COUNTS = {  # readings, from its description
    "Walking": 424_400, "Jogging": 342_177, "Upstairs": 122_869, "Downstairs": 100_427,
    "Sitting": 59_939, "Standing": 48_395,
}  # fmt: skip
SHARE = 0.001  # of readings that may be broken


def read_wisdm_v11(
    path: Path, counts: Mapping[str, int] | None = None
) -> tuple[dict[str, NDArray[np.generic]], tuple[str, ...]]:
    """Windows of 80 readings by user, and what is to be said of broken lines.

    Args:
        path: of WISDM_ar_v1.1_raw.txt.
        counts: readings of each activity, those of the published file unless given; up to 0.1 %
            of a class may be broken.

    Raises:
        DataError: the file is cut, or is another.
    """
    names = tuple(COUNTS)
    readings = read_text(path, {name: k for k, name in enumerate(names)}, frozenset())
    found = dict(zip(names, np.bincount(readings.activity, minlength=len(names)), strict=True))
    wanted = COUNTS if counts is None else counts
    require_counts(f"'{path}'", {k: int(v) for k, v in found.items()}, wanted, SHARE)
    arrays = windows(readings.xyz, readings.activity, readings.user)
    return {**arrays, "classes": np.array(names)}, said_of(readings)
