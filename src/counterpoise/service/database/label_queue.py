"""The frames that people are asked about: put in, next for a person, all of one class."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, delete, func, insert, select

from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import DISPUTED, OPEN
from counterpoise.service.database.tables import Camera, Model, Result

PART = 500  # numbers of a condition


@dataclass(frozen=True)
class Queued:
    """A frame that is put into the queue.

    Args:
        result: its number.
        camera: its number.
        predicted: class of its result.
        reason: one word.
        why: the same as a sentence.
        is_random: of the uniformly random tenth.
        needed: people who have to agree.
        rank: the largest is asked about first.
        outline: tells near-duplicates.
    """

    result: int
    camera: int
    predicted: str
    reason: str
    why: str
    is_random: bool
    needed: int
    rank: float
    outline: bytes | None = None


@dataclass(frozen=True)
class Asked:
    """A frame that a person is asked about."""

    result: int
    camera: int
    camera_name: str
    timezone: str
    at: int
    predicted: str
    shares: dict[str, float]  # class -> probability or score, the largest first
    reason: str
    why: str
    state: str


def put(connection: Connection, frames: Sequence[Queued], now: int, by: str) -> int:
    """Add frames that are not there yet; how many."""
    one_at_a_time(connection, "changes")
    known = among(connection, [frame.result for frame in frames])
    rows = [
        {
            "result_id": frame.result, "camera_id": frame.camera, "predicted": frame.predicted,
            "reason": frame.reason, "why": frame.why, "is_random": frame.is_random,
            "needed": frame.needed, "rank": frame.rank, "queued": now, "state": OPEN,
            "verdict": "", "label": "", "num_labels": 0, "outline": frame.outline,
        }
        for frame in frames
        if frame.result not in known
    ]  # fmt: skip
    if rows:
        connection.execute(insert(LabelFrame), rows)
        note(connection, now, by, "label queue", f"{len(rows)} frames added")
    return len(rows)


def among(connection: Connection, results: Sequence[int]) -> set[int]:
    """Those of these results that are in the queue or labelled."""
    found: set[int] = set()
    for start in range(0, len(results), PART):
        some = results[start : start + PART]
        query = select(LabelFrame.result_id).where(LabelFrame.result_id.in_(some))
        found.update(connection.scalars(query))
    return found


def waiting(connection: Connection) -> int:
    """Frames that nobody has labelled yet and whose picture is there."""
    query = (
        select(func.count())
        .select_from(LabelFrame)
        .join(Result, Result.id == LabelFrame.result_id)
        .where(LabelFrame.state == OPEN, LabelFrame.num_labels == 0, Result.picture > "")
    )
    return connection.scalar(query) or 0


def forget_unlabelled(connection: Connection, now: int, by: str) -> int:
    """Take out what was chosen and nobody has labelled, but for the random ones; how many."""
    one_at_a_time(connection, "changes")
    touched = select(Label.result_id).where(Label.result_id == LabelFrame.result_id).exists()
    done = connection.execute(
        delete(LabelFrame).where(
            LabelFrame.state == OPEN, LabelFrame.num_labels == 0,
            LabelFrame.is_random.is_(False), ~touched,
        )
    )  # fmt: skip
    if done.rowcount:
        note(connection, now, by, "label queue", f"{done.rowcount} frames taken out")
    return done.rowcount


def outlines(
    connection: Connection, cameras: Collection[int], most: int = 50
) -> dict[int, list[bytes]]:
    """Camera -> outlines of its newest frames that are queued or labelled."""
    found: dict[int, list[bytes]] = {}
    for camera in cameras:
        query = (
            select(LabelFrame.outline)
            .where(LabelFrame.camera_id == camera, LabelFrame.outline.is_not(None))
            .order_by(LabelFrame.queued.desc())
            .limit(most)
        )
        found[camera] = [bytes(outline) for outline in connection.scalars(query) if outline]
    return found


def next_for(
    connection: Connection, who: str, most: int, leave_out: Iterable[int] = ()
) -> list[Asked]:
    """What a person is asked next: what others dispute, then the rest by rank.

    Args:
        connection: of the database.
        who: the person; what they labelled or skipped is not asked again.
        most: frames.
        leave_out: frames that somebody else has before them.
    """
    out = list(leave_out)
    found: list[Asked] = []
    for state in (DISPUTED, OPEN):
        query = _asked(who).where(LabelFrame.state == state)
        if out:
            query = query.where(LabelFrame.result_id.not_in(out))
        query = query.order_by(LabelFrame.rank.desc()).limit(most - len(found))
        found += _read(connection, query)
        if len(found) >= most:
            break
    return found


def of_class(connection: Connection, who: str, predicted: str, most: int) -> list[Asked]:
    """Open frames in which the model saw one class."""
    query = _asked(who).where(LabelFrame.state == OPEN, LabelFrame.predicted == predicted)
    return _read(connection, query.order_by(LabelFrame.rank.desc()).limit(most))


def one(connection: Connection, result: int) -> Asked | None:
    """A frame that is in the queue or labelled."""
    found = _read(connection, _frames().where(LabelFrame.result_id == result))
    return found[0] if found else None


def disputed(connection: Connection, most: int) -> list[Asked]:
    """Frames of which people say different things."""
    query = _frames().where(LabelFrame.state == DISPUTED)
    return _read(connection, query.order_by(LabelFrame.rank.desc()).limit(most))


def classes_waiting(connection: Connection) -> dict[str, int]:
    """Predicted class -> open frames."""
    query = select(LabelFrame.predicted, func.count()).where(LabelFrame.state == OPEN)
    rows = connection.execute(query.group_by(LabelFrame.predicted))
    return {str(name): int(number) for name, number in rows}


def _frames() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(
            LabelFrame.result_id, LabelFrame.camera_id, Camera.name, Camera.timezone, Result.at,
            LabelFrame.predicted, Result.scores, Model.classes, LabelFrame.reason, LabelFrame.why,
            LabelFrame.state,
        )
        .join(Result, Result.id == LabelFrame.result_id)
        .join(Camera, Camera.id == LabelFrame.camera_id)
        .join(Model, Model.id == Result.model_id)
    )  # fmt: skip
    return query


def _asked(who: str) -> Select[*tuple[Any, ...]]:
    mine = select(Label.id).where(Label.result_id == LabelFrame.result_id, Label.who == who)
    return _frames().where(~mine.exists(), Result.picture > "")


def _read(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Asked]:
    found = []
    for row in connection.execute(query):
        values = np.frombuffer(row.scores or b"", "<f4").astype(float)
        names = Model.names(row.classes)
        order = np.argsort(-values, kind="stable")
        shares = {names[i]: float(values[i]) for i in order if i < len(names)}
        found.append(
            Asked(
                row.result_id, row.camera_id, row.name, row.timezone, row.at, row.predicted,
                shares, row.reason, row.why, row.state,
            )
        )  # fmt: skip
    return found
