"""Open the database, brought to the newest tables: SQLite in a file, or PostgreSQL."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.database.address import shown
from counterpoise.service.database.dialect import one_at_a_time

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY = 10_000  # milliseconds to wait for another writer
LOCK = "lock"
LEAST = 13  # version of PostgreSQL, whose transactions can be asked after
# A server that is gone is noticed within seconds, and a transaction whose client is gone ends.
CONNECT: dict[str, str | int] = {
    "application_name": "counterpoise serve",
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": f"-c lock_timeout={BUSY} -c idle_in_transaction_session_timeout=60000",
}
_migrating = threading.Lock()  # alembic has one context in a process


def connected(path: Path, mode: str = "rw", *, is_shared: bool = False) -> sqlite3.Connection:
    """A connection to the database that is in a file, which is never made by it.

    Text that is no UTF-8, which only SQL of somebody else can have written, is read with
    replacement characters: one such name is no reason for a page to fail.

    Args:
        path: of the file.
        mode: "rw", or "ro" to read alone.
        is_shared: whether several threads use it, one after the other.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY / 1000,
        check_same_thread=not is_shared,
    )
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one in its place; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_database(where: Path | URL) -> Engine:
    """The database in a file, or at an address of PostgreSQL; made or migrated if need be.

    In a file readers and one writer work side by side (write-ahead log). A commit survives the end
    of this process however it ends, though not always a loss of power. When the file is gone, or
    another one is in its place, there are no more connections: no empty database appears, and none
    is written that is somebody else's.

    Raises:
        ArgumentError: PostgreSQL does not answer, or does not let this user in.
    """
    if isinstance(where, Path):
        with suppress(FileExistsError):
            os.close(os.open(where, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    engine = engine_of(where)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def engine_of(where: Path | URL) -> Engine:
    """The database as it is, whatever its tables.

    Raises:
        ArgumentError: as `open_database` does.
    """
    return _sqlite(where.absolute()) if isinstance(where, Path) else _postgresql(where)


def _sqlite(path: Path) -> Engine:
    opened = identity(path)

    def connect() -> sqlite3.Connection:
        if identity(path) != opened:
            raise sqlite3.OperationalError(f"{path.name} was removed or exchanged")
        return connected(path, is_shared=True)

    engine = create_engine(f"sqlite:///{path}", creator=connect, hide_parameters=True)  # in errors

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for setting in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY}",
        ):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    return engine


def _postgresql(url: URL) -> Engine:
    if importlib.util.find_spec("psycopg") is None:
        raise ArgumentError(
            "a database in PostgreSQL needs psycopg: pip install 'counterpoise[serve-postgres]'"
        )
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,  # a server that was started again has ended the connections
        pool_size=10,
        max_overflow=10,
        connect_args=CONNECT,
    )
    try:
        with engine.connect() as connection:
            encoding = connection.scalar(text("SHOW server_encoding"))
            version = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    except SQLAlchemyError as error:  # DatabaseError has the driver's words, and no password
        said = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        raise ArgumentError(f"cannot open the database {shown(url)}: {said}") from None
    if version < LEAST:
        engine.dispose()
        raise ArgumentError(
            f"the database {shown(url)} is PostgreSQL {version}; it takes {LEAST} or newer"
        )
    if encoding != "UTF8":
        engine.dispose()
        raise ArgumentError(
            f"the database {shown(url)} has the encoding {encoding}; make one with UTF8: "
            "CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision."""
    with engine.begin() as connection:
        migrate_within(connection, revision)


def migrate_within(connection: Connection, revision: str = "head") -> None:
    """The same within a transaction."""
    config = _config()
    newest = ScriptDirectory.from_config(config).get_current_head()
    if (
        revision == "head"
        and MigrationContext.configure(connection).get_current_revision() == newest
    ):
        return  # and nobody who writes is waited for
    one_at_a_time(connection, "tables")  # servers may start at the same time
    config.attributes["connection"] = connection
    with _migrating:
        command.upgrade(config, revision)


def revisions() -> list[str]:
    """The revisions of the tables that this version knows, the newest first."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in found]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@contextmanager
def owned(folder: Path, database: str) -> Iterator[None]:
    """Hold a folder for one server.

    The folder itself is locked, which nobody removes as one removes a file of it: one that is made
    anew in its place is another one, with another database. Where the database is a link, the
    folder that it leads to is held, too; and a file, for servers of older versions, and for file
    systems that lock no folders.

    Args:
        folder: of the server.
        database: name of its file.

    Raises:
        OutputError: another server has it.
    """
    with ExitStack() as stack:
        try:
            for place in _places(folder, database):
                handle = _handle(place, os.O_CREAT)
                stack.callback(os.close, handle)
                _lock(handle, fcntl.LOCK_EX)
                if os.path.isdir(place) and not os.path.samestat(os.fstat(handle), place.stat()):
                    raise BlockingIOError  # whoever put another one there works in it
        except BlockingIOError:
            raise OutputError(
                f"another server works in {folder} (end it, or name another folder: --folder)"
            ) from None
        except OSError as error:
            raise OutputError(f"{folder} cannot be locked: {error.strerror}") from None
        yield


def is_owned(folder: Path, database: str) -> bool:
    """Whether a server works in a folder."""
    for place in _places(folder, database):
        try:
            handle = _handle(place)
        except OSError:
            continue
        try:
            _lock(handle, fcntl.LOCK_SH)
        except BlockingIOError:
            return True
        except OSError:
            continue
        finally:
            os.close(handle)
    return False


def _places(folder: Path, database: str) -> list[Path]:
    whole = folder.resolve()
    return list(dict.fromkeys((whole, (folder / database).resolve().parent, whole / LOCK)))


def _handle(place: Path, flags: int = 0) -> int:
    return os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR | flags, 0o644)


def _lock(handle: int, how: int) -> None:
    """Take a lock, or find another one there; a file system may lock files alone."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            raise
