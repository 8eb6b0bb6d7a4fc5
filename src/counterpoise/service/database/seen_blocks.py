"""How often cameras saw each class in each of some stretches of time, for many cameras at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, select

from counterpoise.service.database.tables import Camera, Total

PART = 500  # numbers in one query

Counts = npt.NDArray[np.int64]
Sums = npt.NDArray[np.float64]


def lately(connection: Connection, since: int, most: int) -> list[int]:
    """Cameras that saw something since then (seconds since 1970), those that saw last first."""
    query = select(Camera.id).where(Camera.last_frame >= since * 1_000_000)
    return list(connection.scalars(query.order_by(Camera.last_frame.desc()).limit(most)))


def probabilities(
    connection: Connection, camera: int, model: int, part: tuple[int, int, int]
) -> tuple[Sums, Counts]:
    """Sums of a camera's probabilities and numbers of results, both (blocks,), as `blocks`."""
    length, begin, end = part
    query = select(Total.begin, Total.number, Total.probability).where(
        Total.camera_id == camera,
        Total.seconds == length,
        Total.begin >= begin,
        Total.begin < end,
        Total.model_id == model,
    )
    sums, sizes = np.zeros((end - begin) // length), np.zeros((end - begin) // length, np.int64)
    for at, number, probability in connection.execute(query):
        sums[(at - begin) // length] += probability
        sizes[(at - begin) // length] += number
    return sums, sizes


def places(connection: Connection, cameras: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Camera -> its name, and its town, state and country in a line."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(cameras), PART):
        query = select(Camera.id, Camera.name, Camera.city, Camera.state, Camera.country)
        query = query.where(Camera.id.in_(cameras[start : start + PART]))
        for number, name, *place in connection.execute(query):
            found[number] = str(name), ", ".join(str(part) for part in place if part)
    return found


def blocks(
    connection: Connection,
    cameras: Sequence[int],
    model: int,
    labels: Sequence[str],
    part: tuple[int, int, int],
) -> dict[int, Counts]:
    """Camera -> counts (blocks, K), of those that saw something.

    Args:
        connection: to the database.
        cameras: their numbers.
        model: number of the model whose results count.
        labels: the classes, by column; others are left out.
        part: length of a block, begin and end, in seconds, as totals are kept.
    """
    length, begin, end = part
    column = {label: k for k, label in enumerate(labels)}
    shape = ((end - begin) // length, len(labels))
    found: dict[int, Counts] = {}
    for start in range(0, len(cameras), PART):
        query = select(Total.camera_id, Total.begin, Total.label, Total.number).where(
            Total.camera_id.in_(cameras[start : start + PART]),
            Total.seconds == length,
            Total.begin >= begin,
            Total.begin < end,
            Total.model_id == model,
        )
        for camera, at, label, number in connection.execute(query):
            if label in column:
                if camera not in found:
                    found[camera] = np.zeros(shape, np.int64)
                found[camera][(at - begin) // length, column[label]] += number
    return found
