"""Windows of a phone's accelerometer: the WISDM set of 51 users (Weiss 2019), or some of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

FILE = "wisdm51_phone_accel.npz"
STEPS = 80  # of 20 Hz: 4 s
NEEDED = {"xyz": 2, "activity": 1, "user": 1}  # array -> dimensions


def wisdm_windows(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read ``xyz`` (N, 3), ``activity``, ``user`` and ``classes``, and cut them into windows.

    A window has 80 readings of one user and one activity that follow each other; windows do not
    overlap, since parts of one window in training and test would leak. Users are groups.

    Raises:
        DataError: an array is missing, or does not fit the others.
    """
    with np.load(path, allow_pickle=False) as held:
        missing = [name for name in (*NEEDED, "classes") if name not in held.files]
        if missing:
            raise DataError(f"'{path}' lacks {', '.join(missing)}")
        arrays = {name: held[name] for name in (*NEEDED, "classes")}
    number = len(arrays["xyz"])
    for name, dimensions in NEEDED.items():
        if arrays[name].ndim != dimensions or len(arrays[name]) != number:
            raise DataError(
                f"'{path}': {name} has shape {arrays[name].shape}, for {number} readings"
            )
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
