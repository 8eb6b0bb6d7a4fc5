"""Windows of a phone's accelerometer: the WISDM set of 51 users (Weiss 2019), or some of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.sources.archive import read_npz
from counterpoise.data.sources.windows import windows
from counterpoise.data.sources.wisdm_text import joined, read_text, said_of
from counterpoise.errors import DataError

FILE = "wisdm51_phone_accel.npz"
FOLDER = "wisdm-dataset/raw/phone/accel"  # of the published archive
CLASSES = ("walking", "jogging", "stairs", "sitting", "standing")
LETTERS = "ABCDE"  # of these activities
OTHERS = frozenset("FGHIJKLMOPQRS")  # eating, typing, playing, folding; there is no N
USERS = range(1600, 1651)
AXES = 3
NEEDED = {"xyz": 2, "activity": 1, "user": 1}  # array -> dimensions


def wisdm_windows(path: Path) -> dict[str, NDArray[np.generic]]:
    """Read ``xyz`` (N, 3), ``activity``, ``user`` and ``classes``, and cut them into windows.

    Users are groups; see `windows.windows`.

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
    activity, user = arrays["activity"].astype(np.int64), arrays["user"].astype(np.int64)
    return {**windows(arrays["xyz"], activity, user), "classes": arrays["classes"]}


def wisdm_text_windows(
    folder: Path, users: Sequence[int] = USERS
) -> tuple[dict[str, NDArray[np.generic]], tuple[str, ...]]:
    """Windows of the published text, one file for each user, and what is to be said of it.

    Five of its 18 activities are taken: walking, jogging, stairs, sitting and standing.

    Args:
        folder: ``wisdm-dataset/raw/phone/accel``.
        users: whose files have to be there.

    Raises:
        DataError: files are missing, or hold no reading.
    """
    paths = [folder / f"data_{user}_accel_phone.txt" for user in users]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise DataError(
            f"'{folder}' lacks {len(missing)} of {len(paths)} users' files ({missing[0]}); unpack "
            "wisdm-dataset.zip again"
        )
    codes = {letter: k for k, letter in enumerate(LETTERS)}
    readings = joined([read_text(path, codes, OTHERS) for path in paths])
    arrays = windows(readings.xyz, readings.activity, readings.user)
    return {**arrays, "classes": np.array(CLASSES)}, said_of(readings)
