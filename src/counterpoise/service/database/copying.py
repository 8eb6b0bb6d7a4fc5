"""All rows of a database in another one: of PostgreSQL in a file of SQLite, and back.

Row by row through the tables as this version knows them, so that a backup does not depend on the
version of PostgreSQL, and one that was made of the one database is restored into the other.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    MetaData,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.database.dialect import is_postgresql
from counterpoise.service.database.engine import engine_of, migrate_within, open_database, revisions
from counterpoise.service.database.numbering import NUMBERED
from counterpoise.service.database.tables import LastNumber, Table

# Whoever has a copy is logged in nowhere, and no process works on it; those first that refer to
# others.
LEFT_OUT = ("sessions", "shards", "holders", "process_reports", "moving_cameras")
PART = 1000  # rows that are copied at a time


def into_file(url: URL, path: Path) -> None:
    """Copy a database as it is at one moment; servers may write meanwhile.

    Raises:
        ArgumentError: it does not answer, or its tables are those of another version.
    """
    engine = engine_of(url)
    try:
        with engine.connect() as source:
            source = source.execution_options(isolation_level="REPEATABLE READ")
            _require_newest(source)
            path.touch(0o600, exist_ok=False)
            copy = open_database(path)
            try:
                with copy.begin() as target:
                    _copy(source, target)
            finally:
                copy.dispose()
    finally:
        engine.dispose()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=DELETE")  # one file


def out_of_file(path: Path, engine: Engine, aside: str) -> Connection:
    """Begin to put a file in the place of what a database holds; the caller commits, and closes.

    What is there is kept, in a schema of its own.

    Args:
        path: of a file of SQLite with the newest tables.
        engine: of the database.
        aside: name of the schema; empty where nothing may be there.

    Raises:
        ArgumentError: something is there, and no schema is named.
        OutputError: a row is none that PostgreSQL takes.
    """
    target = engine.connect()
    try:
        target.begin()
        _put_aside(target, aside)
        migrate_within(target)
        copy = engine_of(path)
        try:
            with copy.connect() as source:
                _copy(source, target)
        finally:
            copy.dispose()
    except BaseException:
        target.close()
        raise
    return target


def leave_out(copy: sqlite3.Connection) -> None:
    """Remove what no copy has from one that was made byte by byte, of whichever version."""
    there = {
        name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    for name in LEFT_OUT:
        if name in there:
            copy.execute(f"DELETE FROM {name}")


def others(engine: Engine) -> int:
    """How many other connections of servers a database has."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'counterpoise serve' AND pid != pg_backend_pid()"
    )
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)


def _require_newest(connection: Connection) -> None:
    newest = revisions()[0]
    try:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        found = None
    if found != newest:
        raise ArgumentError(
            f"the database has the tables {found}, and this version copies {newest}: start the "
            "server of this version once, or take the version that runs"
        )


def _put_aside(connection: Connection, schema: str) -> None:
    names = inspect(connection).get_table_names()
    known = {*Table.metadata.tables, "alembic_version"}
    mine = [name for name in names if name in known]
    if not mine:
        return
    if not schema:
        raise ArgumentError(
            "the database holds a server's tables already; with --overwrite they are kept in a "
            "schema of their own"
        )
    connection.execute(text(f"CREATE SCHEMA {schema}"))
    for name in mine:
        connection.execute(text(f"ALTER TABLE {name} SET SCHEMA {schema}"))


def _copy(source: Connection, target: Connection) -> None:
    """Copy every table, those first that others refer to."""
    metadata: MetaData = Table.metadata
    for table in metadata.sorted_tables:
        if table.name in LEFT_OUT:
            continue
        rows = source.execute(select(table).execution_options(yield_per=PART)).mappings()
        try:
            for part in rows.partitions():
                target.execute(insert(table), [dict(row) for row in part])
        except (DatabaseError, ValueError) as error:
            said = str(getattr(error, "orig", error)).splitlines()[0]
            raise OutputError(f"a row of {table.name} cannot be copied: {said}") from None
    if is_postgresql(source):
        for name in (table.__tablename__ for table in NUMBERED):
            last = source.scalar(_GIVEN, {"name": name})
            target.execute(delete(LastNumber).where(LastNumber.name == name))
            if last is not None:
                target.execute(insert(LastNumber).values(name=name, number=last))
    if is_postgresql(target):  # go on after the last one that there ever was
        for table in metadata.sorted_tables:
            if "id" in table.c and table.name not in LEFT_OUT:
                given = select(LastNumber.number).where(LastNumber.name == table.name)
                highest = select(func.max(table.c.id)).scalar_subquery()
                last = func.greatest(highest, given.scalar_subquery())
                sequence = func.pg_get_serial_sequence(table.name, "id")
                value = func.setval(sequence, func.coalesce(last, 1), last.is_not(None))
                target.execute(select(value))


_GIVEN = text(
    "SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(:name, 'id') AS regclass))"
)
