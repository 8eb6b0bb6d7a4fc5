"""What is written together: results, the account, changes of health, totals, and last frames."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, case, func, insert, select, update
from sqlalchemy.sql import ColumnElement

from counterpoise.service.database import totals
from counterpoise.service.database.account import DROPPED, FETCHED, LOST
from counterpoise.service.database.dialect import adding, one_at_a_time
from counterpoise.service.database.numbering import numbered
from counterpoise.service.database.tables import Account, Camera, HealthChange, Result


@dataclass(frozen=True)
class Analysed:
    """A result on its way into the database."""

    camera: int
    model: int
    at: int
    label: str
    probability: float | None
    scores: bytes | None
    picture: str | None
    width: int
    height: int
    size: int
    values: str | None = None  # JSON of what else a program says
    position: tuple[float, float] | None = None  # latitude and longitude, if the device said so


@dataclass(frozen=True)
class Changed:
    """A change of a camera's health."""

    camera: int
    at: int
    state: str
    reason: str
    detail: str
    listed: bool = True  # whether the camera's log has it


@dataclass
class Batch:
    """What happened since the last one was written."""

    account: Counter[tuple[int, str]] = field(default_factory=Counter)
    results: list[Analysed] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.account or self.results or self.changes)


def close_account(connection: Connection, of: ColumnElement[bool] | None = None) -> None:
    """What was in flight when a server was killed is dropped, for that reason.

    Args:
        connection: to the database.
        of: which cameras, as a condition on their table; all, if not given.
    """
    signed = func.sum(case((Account.what == FETCHED, Account.number), else_=-Account.number))
    one_at_a_time(connection, "results")
    query = select(Account.camera_id, signed).group_by(Account.camera_id).having(signed > 0)
    if of is not None:
        query = query.join(Camera, Camera.id == Account.camera_id).where(of)
    _add(connection, {(camera, DROPPED + LOST): int(n) for camera, n in connection.execute(query)})


def record(connection: Connection, batch: Batch, now: int) -> None:
    """Write a batch; the caller commits, so that all of it is there or nothing."""
    one_at_a_time(connection, "results")
    known = _known(connection, batch)
    _add(connection, {k: n for k, n in batch.account.items() if k[0] in known})
    results = [result for result in batch.results if result.camera in known]
    changes = [change for change in batch.changes if change.camera in known]
    if results:
        rows = numbered(connection, Result, [_row(result, now) for result in results])
        connection.execute(insert(Result), rows)
        totals.add(connection, results)
    lasts = {result.camera: result for result in results}.values()
    for has_picture in (False, True):
        rows = [
            {"number": last.camera, "last_frame": last.at, "last_label": last.label}
            | ({"last_picture": last.picture} if has_picture else {})
            for last in lasts
            if bool(last.picture) == has_picture
        ]
        if rows:  # many at a time: to another machine each statement would be a journey
            connection.execute(_LAST[has_picture], rows)
    moved = {result.camera: result.position for result in results if result.position is not None}
    for camera, (latitude, longitude) in moved.items():  # and the R*Tree with it, by a trigger
        place = {"latitude": latitude, "longitude": longitude}
        connection.execute(update(Camera).where(Camera.id == camera).values(place))
    for change in changes:
        if change.listed:
            connection.execute(
                insert(HealthChange).values(
                    camera_id=change.camera,
                    at=change.at,
                    state=change.state,
                    reason=change.reason,
                    detail=change.detail,
                )
            )
        connection.execute(
            update(Camera)
            .where(Camera.id == change.camera)
            .values(health=change.state, reason=change.reason, health_since=change.at)
        )


_LAST = {
    has_picture: update(Camera)
    .where(Camera.id == bindparam("number"))
    .values({name: bindparam(name) for name in ("last_frame", "last_label", *more)})
    for has_picture, more in ((False, ()), (True, ("last_picture",)))
}


def _known(connection: Connection, batch: Batch) -> set[int]:
    """Cameras of the batch that are there still: what a deleted one leaves goes with it."""
    named = {camera for camera, _ in batch.account}
    named |= {result.camera for result in batch.results}
    named |= {change.camera for change in batch.changes}
    found: set[int] = set()
    for start in range(0, len(named), 500):
        some = sorted(named)[start : start + 500]
        found.update(connection.scalars(select(Camera.id).where(Camera.id.in_(some))))
    return found


def _row(result: Analysed, now: int) -> dict[str, object]:
    if result.probability is not None and math.isnan(result.probability):
        raise ValueError("a probability that is no number")  # no sum with it would be one
    return {
        "camera_id": result.camera,
        "model_id": result.model,
        "at": result.at,
        "recorded": now,
        "label": result.label,
        "probability": result.probability,
        "scores": result.scores,
        "picture": result.picture,
        "width": result.width,
        "height": result.height,
        "size": result.size,
        "further": result.values,
        "latitude": None if result.position is None else result.position[0],
        "longitude": None if result.position is None else result.position[1],
    }


def _add(connection: Connection, numbers: dict[tuple[int, str], int]) -> None:
    rows = [
        {"camera_id": camera, "what": what, "number": number}
        for (camera, what), number in numbers.items()
    ]
    if rows:
        connection.execute(adding(connection, Account, ["camera_id", "what"], ["number"]), rows)
