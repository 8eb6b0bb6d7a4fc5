"""One file that holds a server's database, and its pictures if they are wanted.

A backup is a zip file: `backup.json` says what is in it, `counterpoise.sqlite` is the database as
it was at one moment, also where that is in PostgreSQL, `models/` has the copies of the models that
it names, without which nothing could be rolled back, and `pictures/` the pictures of its results.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from counterpoise.atomic import ASIDE, replacing
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.access.vault import KEY
from counterpoise.service.database import copying
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.engine import connected
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.keeping import FOLDER, content_of
from counterpoise.service.system import no_database
from counterpoise.version import __version__

DESCRIPTION = "backup.json"
PICTURES = "pictures/"
FORMAT = 1
KEYS: tuple[str, ...] = (KEY,)  # files without which the database is of no use
MODELS = "SELECT digest FROM models ORDER BY id"
RESULTS = "SELECT picture FROM results WHERE picture > ''"
SETTINGS_OF_COPY = ("journal_mode=DELETE", "foreign_keys=ON")


class Description(BaseModel):
    """What a backup says of itself."""

    model_config = ConfigDict(extra="forbid")

    format: int
    version: str
    made: str
    revision: str
    sha256: str
    pictures: bool
    files: list[str] = []
    models: list[str] = []  # digests


@dataclass(frozen=True)
class Kept:
    """What a backup holds."""

    bytes: int
    pictures: int
    models: int = 0
    gone: int = 0  # pictures that results name, and retention has removed


def back_up(folder: Path, store: str, file: Path, with_pictures: bool, database: str = "") -> Kept:
    """Write a backup, whole or not at all; the server may run meanwhile.

    Raises:
        ArgumentError: the folder holds no database, or the file is there.
        OutputError: the file cannot be written, or the database is damaged.
    """
    where = place(folder, database)
    if isinstance(where, Path) and not where.is_file():
        raise ArgumentError(no_database(folder))
    if file.exists():
        raise ArgumentError(f"{file} is there already; name another file")
    file.parent.mkdir(parents=True, exist_ok=True)
    copy = file.with_name(f"{secrets.token_hex(8)}.{DATABASE}{ASIDE}")
    number = gone = 0
    try:
        if isinstance(where, Path):
            _copy_database(where, copy)
        else:
            copying.into_file(where, copy)
        with closing(connected(copy)) as made:
            (revision,) = made.execute("SELECT version_num FROM alembic_version").fetchone()
            files, models = [name for name in KEYS if (folder / name).is_file()], list[str]()
            with replacing(file) as stream, zipfile.ZipFile(stream, "w") as archive:
                os.fchmod(stream.fileno(), 0o600)  # it holds hashes of passwords
                archive.write(copy, DATABASE, zipfile.ZIP_DEFLATED, 1)
                for name in files:
                    archive.write(folder / name, name)
                for (digest,) in made.execute(MODELS).fetchall():
                    held = content_of(folder, digest)
                    if held is not None:
                        models.append(digest)
                        for name, data in held.items():
                            path = f"{FOLDER}/{digest}/{name}"
                            archive.writestr(path, data, zipfile.ZIP_DEFLATED, 1)
                described = Description(
                    format=FORMAT,
                    version=__version__,
                    made=datetime.now(UTC).isoformat(timespec="seconds"),
                    revision=revision,
                    sha256=digest_of(copy),
                    pictures=with_pictures,
                    files=files,
                    models=models,
                )
                archive.writestr(DESCRIPTION, described.model_dump_json(indent=1))
                pictures = PictureStore(store)
                for (key,) in made.execute(RESULTS) if with_pictures else ():
                    content = pictures.get(key)
                    if content is None:
                        gone += 1
                    else:
                        archive.writestr(PICTURES + key, content)
                        number += 1
    except sqlite3.Error as error:
        raise OutputError(
            f"{where} cannot be copied: {error} (counterpoise serve doctor says more)"
        ) from None
    finally:
        copy.unlink(missing_ok=True)
    return Kept(file.stat().st_size, number, len(models), gone)


def _copy_database(source: Path, copy: Path) -> None:
    """The database as it is at one moment, without what no copy has, and whole."""
    with (
        closing(connected(source, "ro")) as here,
        closing(sqlite3.connect(copy, isolation_level=None)) as there,
    ):
        os.chmod(copy, 0o600)
        here.backup(there)  # all at once: in pieces, each commit of the server would begin it anew
        for setting in SETTINGS_OF_COPY:
            there.execute(f"PRAGMA {setting}")
        copying.leave_out(there)
        require_whole(there)


def require_whole(database: sqlite3.Connection) -> None:
    """Raise an error of SQLite if a database is damaged."""
    (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
