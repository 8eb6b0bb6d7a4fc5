"""Open the database: SQLite in a file, brought to the newest tables."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from counterpoise.errors import OutputError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY = 10_000  # milliseconds to wait for another writer


def open_database(path: Path) -> Engine:
    """The database in a file, made or migrated if need be.

    Readers and one writer work side by side (write-ahead log). A commit survives the end of this
    process however it ends, though not always a loss of power.
    """
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)  # not in errors

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

    migrate(engine)
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision."""
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
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
def owned(folder: Path) -> Iterator[None]:
    """Hold a folder for one server.

    Raises:
        OutputError: another server has it.
    """
    with open(folder / "lock", "a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise OutputError(
                f"another server works in {folder} (end it, or name another folder: --folder)"
            ) from None
        yield


def is_owned(folder: Path) -> bool:
    """Whether a server works in a folder."""
    try:
        with open(folder / "lock", encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
