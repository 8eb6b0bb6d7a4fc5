"""Readings of a sensor, cut into windows of one user and one activity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

STEPS = 80  # of 20 Hz: 4 s
TEST_SHARE = 0.3  # of windows, where users are not kept apart
Readings = NDArray[np.floating[Any]]


def windows(
    xyz: NDArray[np.generic], activity: NDArray[np.integer[Any]], user: NDArray[np.integer[Any]]
) -> dict[str, NDArray[np.generic]]:
    """``x_train`` (N, 3, 80), ``y_train`` and ``group_train``, the users.

    A window has 80 readings of one user and one activity that follow each other; windows do not
    overlap, since parts of one window in training and test would leak.

    Raises:
        DataError: there is none.
    """
    user, activity = user.astype(np.int64), activity.astype(np.int64)
    ends = np.flatnonzero((np.diff(user) != 0) | (np.diff(activity) != 0)) + 1
    starts = [
        start
        for first, last in zip([0, *ends], [*ends, len(user)], strict=True)
        for start in range(int(first), int(last) - STEPS + 1, STEPS)
    ]
    if not starts:
        raise DataError(f"no {STEPS} readings of one user and activity follow each other")
    rows = np.array(starts)[:, None] + np.arange(STEPS)
    x = xyz[rows].transpose(0, 2, 1)
    return {
        "x_train": np.ascontiguousarray(x, dtype=np.float32),
        "y_train": activity[starts],
        "group_train": user[starts],
    }


def at_random(arrays: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """The same windows without users: 70 % of each activity to train on, 30 % to test.

    As IWCE 2023 splits them, section 4: windows of one person are in both parts, so that a network
    knows the people it is tested on. The draw is the same each time.
    """
    draw = np.random.default_rng(0)
    x, y = arrays["x_train"], arrays["y_train"]
    test = np.zeros(len(y), dtype=np.bool_)
    for label in np.unique(y):
        places = draw.permutation(np.flatnonzero(y == label))
        test[places[: int(TEST_SHARE * len(places) + 0.5)]] = True
    rest = {k: v for k, v in arrays.items() if k not in ("x_train", "y_train", "group_train")}
    return {
        **rest,
        "x_train": x[~test],
        "y_train": y[~test],
        "x_test": x[test],
        "y_test": y[test],
    }
