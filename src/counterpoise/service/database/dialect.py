"""In what SQLite and PostgreSQL differ, where SQLAlchemy leaves it to us."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, FunctionElement, Insert, bindparam, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean

from counterpoise.service.database.tables import Table

POSTGRESQL = "postgresql"
# Numbers that nothing else locks, and the milliseconds after which a transaction whose process
# stands still meanwhile is undone.
LOCKS = {
    "results": (0x636F_0001, 5_000),
    "changes": (0x636F_0002, 60_000),
    "tables": (0x636F_0003, 600_000),
}


def is_postgresql(connection: Connection) -> bool:
    """Whether it is; else it is SQLite."""
    return connection.dialect.name == POSTGRESQL


def adding(
    connection: Connection, table: type[Table], key: Sequence[str], summed: Sequence[str]
) -> Insert:
    """An INSERT that adds to the row which has the key already, where there is one.

    Args:
        connection: that will execute it.
        table: that is written.
        key: columns of its primary key.
        summed: columns that are added.
    """
    new = _insert(connection, table)
    sums = {name: table.__table__.c[name] + new.excluded[name] for name in summed}
    return new.on_conflict_do_update(index_elements=list(key), set_=sums)


def unless_there(connection: Connection, table: type[Table]) -> Insert:
    """An INSERT that leaves a row alone which has the key already."""
    return _insert(connection, table).on_conflict_do_nothing()


def _insert(connection: Connection, table: type[Table]) -> postgresql.Insert | sqlite.Insert:
    if is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)


def one_at_a_time(connection: Connection, what: str) -> None:
    """Wait until nobody else does it, and keep others waiting until this transaction ends.

    What the transaction read before may have changed meanwhile: read it again. In PostgreSQL it
    also makes rows visible in the order of their numbers, so that who reads "all after number n"
    misses none, and no two transactions wait for each other's totals; a process that stands still
    meanwhile loses its transaction. SQLite has one lock, whatever `what` says: that of whoever
    writes. Its driver would take it with the first row that is written, after what was read to
    decide on that row. So nothing slow belongs behind this.

    Args:
        connection: within a transaction; one that wrote already goes on in SQLite, whose lock it
            has.
        what: a name of `LOCKS`.

    Raises:
        OperationalError: others keep it for longer than `engine.BUSY`.
    """
    if is_postgresql(connection):
        number, paused = LOCKS[what]
        connection.execute(_LOCK, {"paused": str(paused), "number": number})
        return
    driver = connection.connection.driver_connection
    if driver is not None and not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


_LOCK = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :paused, true), "
    "pg_advisory_xact_lock(:number)"
)


def transaction(connection: Connection) -> str | None:
    """What `was_committed` knows this transaction by, later; None for a file, where a commit that
    failed was none.
    """
    if not is_postgresql(connection):
        return None
    return str(connection.scalar(text("SELECT CAST(pg_current_xact_id() AS text)")))


def was_committed(connection: Connection, transaction: str) -> bool:
    """Whether it is there: of one whose connection broke in the moment of its commit.

    Raises:
        StillOpenError: the server works on it, or has not noticed that its client is gone.
    """
    query = text("SELECT pg_xact_status(CAST(:number AS xid8))")
    status = connection.scalar(query, {"number": transaction})
    if status == "in progress":
        raise StillOpenError("an earlier transaction is not ended yet")
    return bool(status == "committed")


class StillOpenError(SQLAlchemyError):
    """A transaction is neither committed nor undone."""


class InBox(FunctionElement[bool]):
    """Whether a camera is within south, west, north and east, by an index; roughly.

    SQLite has an R*Tree, whose 32-bit numbers are rounded outwards; PostgreSQL an index of points.
    """

    name = "in_box"
    type = Boolean()
    inherit_cache = True


def in_box(south: float, west: float, north: float, east: float) -> ColumnElement[bool]:
    """See `InBox`."""
    return InBox(*(bindparam(None, edge, unique=True) for edge in (south, west, north, east)))


@compiles(InBox, "sqlite")
def _by_tree(element: InBox, compiler: SQLCompiler, **options: object) -> str:
    south, west, north, east = (compiler.process(one, **options) for one in element.clauses)
    return (
        "cameras.id IN (SELECT id FROM camera_places WHERE "
        f"north >= {south} AND east >= {west} AND south <= {north} AND west <= {east})"
    )


@compiles(InBox, "postgresql")
def _by_points(element: InBox, compiler: SQLCompiler, **options: object) -> str:
    south, west, north, east = (compiler.process(one, **options) for one in element.clauses)
    return (
        "point(cameras.longitude, cameras.latitude) <@ "
        f"box(point({west}, {south}), point({east}, {north}))"
    )
