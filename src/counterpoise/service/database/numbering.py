"""Numbers that no two rows ever have, the one after the other.

A result's number outlives it: in a training that runs, on a label page that is open, in exported
labels, and where events and alerts were read up to. A camera's does in frames that are on their
way, and in rules of alerts; a candidate's on an open page, of which a button promotes it.
PostgreSQL gives each number once; SQLite gives that of the newest row again when it is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from counterpoise.service.database.candidate_tables import Candidate
from counterpoise.service.database.dialect import is_postgresql
from counterpoise.service.database.tables import Camera, LastNumber, Result

NumberedTable = type[Camera] | type[Result] | type[Candidate]
NUMBERED: tuple[NumberedTable, ...] = (Camera, Result, Candidate)


def numbered(
    connection: Connection,
    table: type[Result | Camera | Candidate],
    rows: Sequence[Mapping[str, object]],
) -> list[dict[str, object]]:
    """New rows with their numbers, where the database does not see to that."""
    if is_postgresql(connection):
        return [dict(row) for row in rows]
    highest = func.coalesce(select(func.max(table.id)).scalar_subquery(), 0)
    statement = (
        insert(LastNumber)
        .values(name=table.__tablename__, number=highest + len(rows))
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"number": func.max(LastNumber.number, highest) + len(rows)},
        )
        .returning(LastNumber.number)
    )
    last = connection.execute(statement).scalar_one()
    first = last - len(rows) + 1
    return [{**row, "id": first + k} for k, row in enumerate(rows)]
