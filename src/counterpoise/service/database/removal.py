"""A camera is forgotten a little at a time, so that results of others are recorded meanwhile."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import Engine, delete, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, totals
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.tables import Camera, HealthChange, Result

BITE = 2000  # rows of a transaction, or as many more as are of the same microsecond
PAUSE = 0.005  # seconds between two of them, for others who write
BEGUN = "camera is being removed"  # in the audit log


def remove(engine: Engine, numbers: Sequence[int], now: int, by: str) -> None:
    """Forget cameras, with their results and accounts.

    They are fetched from no more at once. Who is interrupted finds them so, with fewer results, and
    removes them again.

    Raises:
        ArgumentError: one is not there; then none is removed.
    """
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")
        for number in numbers:
            row = cameras.get(connection, number)
            if row is None:
                raise ArgumentError(f"no camera {number}")
            if row["is_active"]:
                note(connection, now, by, BEGUN, f"{number}: {row['name']}")
                which = update(Camera).where(Camera.id == number)
                connection.execute(which.values(is_active=False))
    for number in numbers:
        for table in (Result, HealthChange):
            while _removed(engine, table, number):
                time.sleep(PAUSE)
        while _uncounted(engine, number):
            time.sleep(PAUSE)
        with engine.begin() as connection:  # and what came meanwhile
            cameras.remove(connection, number, now, by)


def _removed(engine: Engine, table: type[Result | HealthChange], camera: int) -> bool:
    """Remove some rows; whether there may be more. Nobody waits for these but who reads them."""
    mine = table.camera_id == camera
    with engine.begin() as connection:
        query = select(table.at).where(mine).order_by(table.at).limit(1).offset(BITE - 1)
        last = connection.scalar(query)
        if last is not None:
            connection.execute(delete(table).where(mine, table.at <= last))
        return last is not None


def _uncounted(engine: Engine, camera: int) -> bool:
    """Take some totals of a camera out of those of all; whether there may be more."""
    with engine.begin() as connection:
        one_at_a_time(connection, "results")  # whoever records writes the totals of all, too
        return totals.forget_some(connection, camera, BITE)
