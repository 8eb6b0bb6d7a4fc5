"""What happened since, as rows that are committed: results, changes of health, and alerts.

Who follows keeps a cursor: the last row of each table that it has seen. So an event is sent only
when its row is in the database, and whoever comes back goes on where it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Connection, func, select

from counterpoise.service.database.alert_tables import AlertChange, AlertRule
from counterpoise.service.database.tables import HealthChange, Result

KINDS = ("result", "health", "alert")
FAR = 10_000  # rows of a table that somebody who comes back is told at most
CURSOR = re.compile(r"r(\d{1,18})-h(\d{1,18})-a(\d{1,18})")


@dataclass(frozen=True)
class Cursor:
    """The last row of each table that was seen."""

    result: int
    health: int
    alert: int

    def __str__(self) -> str:
        return f"r{self.result}-h{self.health}-a{self.alert}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """The cursor that a text is; None where it is none."""
        match = CURSOR.fullmatch(text)
        return None if match is None else cls(*map(int, match.groups()))


@dataclass(frozen=True)
class Wanted:
    """Which events somebody wants: all kinds, cameras and classes, where none is named."""

    kinds: Collection[str] = KINDS
    cameras: Collection[int] = ()
    labels: Collection[str] = ()


@dataclass(frozen=True)
class Event:
    """Something that happened; `id` is the cursor after it."""

    id: Cursor
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def newest(connection: Connection) -> Cursor:
    """The cursor of somebody who wants only what happens from now on."""
    return Cursor(
        result=connection.scalar(select(func.max(Result.id))) or 0,
        health=connection.scalar(select(func.max(HealthChange.id))) or 0,
        alert=connection.scalar(select(func.max(AlertChange.id))) or 0,
    )


def since(
    connection: Connection, cursor: Cursor, wanted: Wanted, most: int
) -> tuple[list[Event], Cursor]:
    """The first events after a cursor, at most so many of a kind, and the cursor after them.

    Somebody who is too far behind is told so by an event "gap", with how many rows are left out.
    """
    last = newest(connection)
    names = [field.name for field in fields(Cursor)]
    # Where the newest rows were removed their numbers are given again.
    before = {name: min(getattr(cursor, name), getattr(last, name)) for name in names}
    first = {name: max(before[name], getattr(last, name) - FAR) for name in names}
    cursor, found = Cursor(**first), []
    if first != before:
        missed = sum(first[name] - before[name] for name in names)
        found.append(Event(cursor, "gap", {"rows": missed}))
    for kind, read in (("result", _results), ("health", _changes), ("alert", _alerts)):
        rows = read(connection, cursor, last, wanted, most) if kind in wanted.kinds else []
        for number, data in rows:
            cursor = replace(cursor, **{kind: number})
            found.append(Event(cursor, kind, data))
        if len(rows) < most:
            cursor = replace(cursor, **{kind: getattr(last, kind)})
    return found, cursor


_Rows = list[tuple[int, dict[str, Any]]]


def _results(
    connection: Connection, cursor: Cursor, last: Cursor, wanted: Wanted, most: int
) -> _Rows:
    query = (
        select(
            Result.id, Result.camera_id, Result.at, Result.label, Result.probability,
            Result.picture,
        )
        .where(Result.id > cursor.result, Result.id <= last.result)
        .order_by(Result.id)
        .limit(most)
    )  # fmt: skip
    if wanted.cameras:
        query = query.where(Result.camera_id.in_(wanted.cameras))
    if wanted.labels:
        query = query.where(Result.label.in_(wanted.labels))
    return [
        (
            row.id,
            {
                "id": row.id,
                "camera": row.camera_id,
                "at": row.at,
                "label": row.label,
                "probability": row.probability,
                "picture": (
                    f"/cameras/{row.camera_id}/picture?result={row.id}" if row.picture else None
                ),
            },
        )
        for row in connection.execute(query)
    ]


def _changes(
    connection: Connection, cursor: Cursor, last: Cursor, wanted: Wanted, most: int
) -> _Rows:
    query = (
        select(
            HealthChange.id, HealthChange.camera_id, HealthChange.at, HealthChange.state,
            HealthChange.reason,
        )
        .where(HealthChange.id > cursor.health, HealthChange.id <= last.health)
        .order_by(HealthChange.id)
        .limit(most)
    )  # fmt: skip
    if wanted.cameras:
        query = query.where(HealthChange.camera_id.in_(wanted.cameras))
    return [
        (
            row.id,
            {"camera": row.camera_id, "at": row.at, "state": row.state, "reason": row.reason},
        )
        for row in connection.execute(query)
    ]


def _alerts(
    connection: Connection, cursor: Cursor, last: Cursor, wanted: Wanted, most: int
) -> _Rows:
    query = (
        select(
            AlertChange.id, AlertChange.rule_id, AlertRule.name, AlertChange.camera_id,
            AlertChange.at, AlertChange.is_raised, AlertChange.value, AlertChange.detail,
        )
        .join(AlertRule, AlertRule.id == AlertChange.rule_id)
        .where(AlertChange.id > cursor.alert, AlertChange.id <= last.alert)
        .order_by(AlertChange.id)
        .limit(most)
    )  # fmt: skip
    if wanted.cameras:
        query = query.where(AlertChange.camera_id.in_(wanted.cameras))
    names = ("id", "rule", "name", "camera", "at", "is_raised", "value", "detail")
    return [(row.id, dict(zip(names, row, strict=True))) for row in connection.execute(query)]
