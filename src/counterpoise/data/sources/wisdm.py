"""Windows of a phone's accelerometer: the WISDM set of 51 users (Weiss 2019), or some of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.sources.archive import read_npz
from counterpoise.errors import DataError

FILE = "wisdm51_phone_accel.npz"
STEPS = 80  # of 20 Hz: 4 s
AXES = 3
NEEDED = {"xyz": 2, "activity": 1, "user": 1}  # array -> dimensions


def wisdm_windows(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read ``xyz`` (N, 3), ``activity``, ``user`` and ``classes``, and cut them into windows.

    A window has 80 readings of one user and one activity that follow each other; windows do not
    overlap, since parts of one window in training and test would leak. Users are groups.

    Raises:
        DataError: the file is damaged, or an array is missing or does not fit the others.
    """
    arrays = read_npz(path)
    missing = [name for name in (*NEEDED, "classes") if name not in arrays]
    if missing:
        raise DataError(f"'{path}' lacks {', '.join(missing)}")
    number = arrays["xyz"].size // AXES
    for name, dimensions in NEEDED.items():
        if arrays[name].ndim != dimensions or len(arrays[name]) != number:
            raise DataError(
                f"'{path}': {name} has shape {arrays[name].shape}, for {number} readings"
            )
        if name != "xyz" and not np.issubdtype(arrays[name].dtype, np.integer):
            raise DataError(f"'{path}': {name} holds whole numbers; got {arrays[name].dtype}")
    return {**_windows(arrays), "classes": arrays["classes"]}


def _windows(arrays: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    user, activity = arrays["user"].astype(np.int64), arrays["activity"].astype(np.int64)
    ends = np.flatnonzero((np.diff(user) != 0) | (np.diff(activity) != 0)) + 1
    starts = [
        start
        for first, last in zip([0, *ends], [*ends, len(user)], strict=True)
        for start in range(int(first), int(last) - STEPS + 1, STEPS)
    ]
    if not starts:
        raise DataError(f"no {STEPS} readings of one user and activity follow each other")
    rows = np.array(starts)[:, None] + np.arange(STEPS)
    x = arrays["xyz"][rows].transpose(0, 2, 1)
    return {
        "x_train": np.ascontiguousarray(x, dtype=np.float32),  # (N, 3, 80)
        "y_train": activity[starts],
        "group_train": user[starts],
    }
