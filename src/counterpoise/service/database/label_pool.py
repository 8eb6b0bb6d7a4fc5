"""Frames of the running model that may be asked about: drawn at random, or of a rare class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, text

from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.tables import Model, Result

Columns = Select[int, int, str, bytes | None, str | None]

DRAWS = 400  # numbers of a draw
TRIES = 40  # draws, where most numbers are of no frame that fits
KEPT = text("results.picture > ''")  # as the partial index says


@dataclass(frozen=True)
class Found:
    """A frame that may be asked about."""

    id: int
    camera: int
    label: str
    scores: bytes
    picture: str


def number_of(connection: Connection, digest: str) -> int | None:
    """The number of a model; None where the database does not know it."""
    return connection.scalar(select(Model.id).where(Model.digest == digest))


def drawn(
    connection: Connection, model: int, most: int, random: np.random.Generator
) -> list[Found]:
    """Up to `most` frames, each as likely as any other, in the order in which they are drawn.

    Numbers between the first and the last are drawn, and those that are of no such frame are
    dropped, so it takes as long among a million frames as among a thousand.
    """
    first = connection.scalar(select(func.min(Result.id)))
    last = connection.scalar(select(func.max(Result.id)))
    if first is None or last is None:
        return []
    found: dict[int, Found] = {}
    whole = last - first + 1
    if whole <= 4 * most:
        rows = connection.execute(_fitting(model).where(Result.id.between(first, last)))
        some = [_found(row) for row in rows]
        return [some[i] for i in random.permutation(len(some))[:most]]
    for _ in range(TRIES):
        numbers = random.integers(first, last + 1, DRAWS).tolist()
        rows = connection.execute(_fitting(model).where(Result.id.in_(numbers)))
        there = {row.id: row for row in rows}
        found.update((n, _found(there[n])) for n in numbers if n in there and n not in found)
        if len(found) >= most:
            break
    return list(found.values())[:most]


def newest(connection: Connection, model: int, label: str, most: int) -> list[Found]:
    """The newest frames in which the model saw a class."""
    query = _fitting(model).where(Result.label == label).order_by(Result.id.desc()).limit(most)
    return [_found(row) for row in connection.execute(query)]


def asked(connection: Connection, most: int, model: int | None = None) -> list[Found]:
    """The newest frames that are queued or labelled and whose picture is kept.

    Args:
        connection: of the database.
        most: frames.
        model: only those that this model classified, by its number.
    """
    query = _columns().join(LabelFrame, LabelFrame.result_id == Result.id).where(KEPT)
    if model is not None:
        query = query.where(Result.model_id == model)
    newest = query.order_by(LabelFrame.result_id.desc()).limit(most)
    return [_found(row) for row in connection.execute(newest)]


def by_number(connection: Connection, results: Sequence[int]) -> dict[int, Found]:
    """Results by number, whatever their model and whether their picture is kept."""
    found: dict[int, Found] = {}
    for start in range(0, len(results), DRAWS):
        some = results[start : start + DRAWS]
        rows = connection.execute(_columns().where(Result.id.in_(some)))
        found.update((row.id, _found(row)) for row in rows)
    return found


def is_labelled() -> ColumnElement[bool]:
    """Whether somebody labelled a result's frame, which is then kept longest."""
    given = LabelFrame.num_labels > 0
    return select(LabelFrame.result_id).where(LabelFrame.result_id == Result.id, given).exists()


def labelled_of(connection: Connection, label: str) -> tuple[int, int]:
    """Number and bytes of the labelled pictures in which a model saw a class."""
    query = select(func.count(), func.coalesce(func.sum(Result.size), 0)).where(
        KEPT, Result.label == label, is_labelled()
    )
    number, size = connection.execute(query).one()
    return int(number), int(size)


def _columns() -> Columns:
    return select(Result.id, Result.camera_id, Result.label, Result.scores, Result.picture)


def _fitting(model: int) -> Columns:
    asked = select(LabelFrame.result_id).where(LabelFrame.result_id == Result.id)
    return _columns().where(KEPT, Result.model_id == model, ~asked.exists())


def _found(row: Row[int, int, str, bytes | None, str | None]) -> Found:
    number, camera, label, scores, picture = row
    return Found(number, camera, label, scores or b"", picture or "")


def table(found: Sequence[Found], classes: Sequence[str]) -> npt.NDArray[np.float64]:
    """(N, K) scores; 1 for the class that is said where a result has none."""
    values = np.zeros((len(found), len(classes)))
    number = {name: k for k, name in enumerate(classes)}
    for i, one in enumerate(found):
        row = np.frombuffer(one.scores, "<f4")
        if len(row) == len(classes):
            values[i] = row
        elif one.label in number:
            values[i, number[one.label]] = 1.0
    return values
