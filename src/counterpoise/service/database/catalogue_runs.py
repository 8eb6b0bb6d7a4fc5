"""What refreshes of catalogues did, and the cameras that left one or came back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from counterpoise.service.database.audit import note
from counterpoise.service.database.tables import Camera, CatalogueRun

KEPT = 50  # runs of a catalogue


@dataclass(frozen=True)
class Run:
    """One refresh.

    Args:
        catalogue: its name.
        at: microseconds since 1970.
        added: cameras.
        changed: cameras, those that came back among them.
        missing: cameras that are not in the list any more, and are not fetched from now.
        refused: rows.
        fault: why nothing came; empty if something did.
        detail: the first refused rows, a line each.
    """

    catalogue: str
    at: int
    added: int = 0
    changed: int = 0
    missing: int = 0
    refused: int = 0
    fault: str = ""
    detail: str = ""


def keep(connection: Connection, run: Run) -> None:
    """Write a line of the log, and forget those of long ago."""
    connection.execute(insert(CatalogueRun).values(**vars(run)))
    mine = CatalogueRun.catalogue == run.catalogue
    newest = select(CatalogueRun.id).where(mine).order_by(CatalogueRun.id.desc()).limit(KEPT)
    connection.execute(delete(CatalogueRun).where(mine, CatalogueRun.id.not_in(newest)))


def runs(connection: Connection, catalogue: str, most: int = 10) -> list[Run]:
    """The newest runs of a catalogue, newest first."""
    query = (
        select(CatalogueRun)
        .where(CatalogueRun.catalogue == catalogue)
        .order_by(CatalogueRun.id.desc())
        .limit(most)
    )
    return [
        Run(**{name: value for name, value in row.items() if name != "id"})
        for row in connection.execute(query).mappings()
    ]


def number_of(connection: Connection, catalogue: str) -> tuple[int, int]:
    """Cameras of a catalogue, and how many of them are missing from it."""
    query = select(func.count(), func.count(Camera.missing_since)).where(
        Camera.catalogue == catalogue
    )
    whole, missing = connection.execute(query).one()
    return int(whole), int(missing)


def mark(
    connection: Connection, catalogue: str, keys: Collection[str], now: int, by: str
) -> tuple[int, int]:
    """Fetch no more from cameras that left a catalogue, and again from those that came back.

    Args:
        connection: within a transaction.
        catalogue: its name.
        keys: of all rows of its list, also of those that were refused.
        now: microseconds since 1970.
        by: who refreshes.

    Returns:
        How many left, and how many came back.
    """
    query = select(Camera.id, Camera.key, Camera.name, Camera.is_active, Camera.missing_since)
    gone, back = [], []
    for row in connection.execute(query.where(Camera.catalogue == catalogue)):
        if row.key in keys:
            if row.missing_since is not None:
                back.append(row)
        elif row.is_active and row.missing_since is None:
            gone.append(row)
    for found, since, what in (
        (gone, now, "camera missing from its catalogue"),
        (back, None, "camera back in its catalogue"),
    ):
        for row in found:
            values = {"is_active": since is None, "missing_since": since}
            connection.execute(update(Camera).where(Camera.id == row.id).values(values))
            note(connection, now, by, what, f"{row.id}: {row.name}")
    return len(gone), len(back)
