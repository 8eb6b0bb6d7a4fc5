"""Text of the WISDM sets: ``user,activity,time,x,y,z;`` a reading, with lines that are broken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

_SHOWN = 60  # characters of a broken line


class Readings(NamedTuple):
    """What a text holds: (N, 3) readings in m/s^2, their activities and users.

    `broken` counts records that are no reading; `example` says where the first is, and what it is.
    """

    xyz: NDArray[np.float32]
    activity: NDArray[np.int64]
    user: NDArray[np.int64]
    broken: int = 0
    example: str = ""


def read_text(path: Path, activities: Mapping[str, int], others: frozenset[str]) -> Readings:
    """Read every record; what is none is counted, and left out.

    A record ends with ``;`` or with its line, so that two of them in one line are both read. An
    empty field at its end is ignored.

    Args:
        path: of the file.
        activities: name -> code of those that are wanted.
        others: names of those that are not.

    Raises:
        DataError: the file cannot be read, or holds no reading.
    """
    try:
        text = path.read_text("ascii", errors="replace")
    except OSError as error:
        raise DataError(f"cannot read '{path}': {error.strerror}") from error
    xyz: list[tuple[float, float, float]] = []
    codes: list[int] = []
    users: list[int] = []
    broken, example = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        for record in line.split(";"):
            fields = record.rstrip().removesuffix(",").split(",")
            if fields == [""]:
                continue
            try:
                user, label, _, *values = fields
                x, y, z = map(float, values)
                if label in others:
                    continue
                code, whole = activities[label], int(user)
                if not math.isfinite(x + y + z):
                    raise ValueError(record)
            except (ValueError, KeyError):
                broken += 1
                example = example or f"line {number}: {record.strip()[:_SHOWN]!r}"
                continue
            xyz.append((x, y, z))
            codes.append(code)
            users.append(whole)
    if not xyz:
        raise DataError(
            f"'{path}' holds no reading; a line is user,activity,time,x,y,z; (the first that is "
            f"none: {example or 'the file is empty'})"
        )
    return Readings(
        np.array(xyz, dtype=np.float32).reshape(-1, 3),
        np.array(codes, dtype=np.int64),
        np.array(users, dtype=np.int64),
        broken,
        example,
    )


def joined(parts: list[Readings]) -> Readings:
    """Several texts as one, in order."""
    first = next((part.example for part in parts if part.broken), "")
    return Readings(
        np.concatenate([part.xyz for part in parts]),
        np.concatenate([part.activity for part in parts]),
        np.concatenate([part.user for part in parts]),
        sum(part.broken for part in parts),
        first,
    )


def said_of(readings: Readings) -> tuple[str, ...]:
    """A note on what was left out."""
    number = readings.broken
    if not number:
        return ()
    word = "records that are" if number > 1 else "record that is"
    return (f"left out: {number} {word} no reading (the first in {readings.example})",)
