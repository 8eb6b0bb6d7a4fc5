"""One file that holds a server's database, and its pictures if they are wanted; and back.

A backup is a zip file: `backup.json` says what is in it, `counterpoise.sqlite` is the database as
it was at one moment, also where that is in PostgreSQL, `models/` has the copies of the models that
it names, without which nothing could be rolled back, and `pictures/` the pictures of its results.
"""

from __future__ import annotations

import hashlib
import lzma
import os
import secrets
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from alembic.util.exc import CommandError
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.atomic import ASIDE, replacing
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.access.vault import KEY
from counterpoise.service.database import copying
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.engine import (
    connected,
    engine_of,
    open_database,
    owned,
    revisions,
)
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.keeping import DIGEST, FILES, FOLDER, content_of
from counterpoise.service.system import no_database
from counterpoise.version import __version__

DESCRIPTION = "backup.json"
PICTURES = "pictures/"
FORMAT = 1
KEYS: tuple[str, ...] = (KEY,)  # files without which the database is of no use
PIECE = 1 << 20  # bytes that are copied at a time
SPARE = 64 << 20  # bytes of the disk that are left free
MODELS = "SELECT digest FROM models ORDER BY id"
RESULTS = "SELECT picture FROM results WHERE picture > ''"
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    ValueError,
    OverflowError,
    SQLAlchemyError,
    CommandError,
)  # fmt: skip - that an archive has, by which of its bytes were changed
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
                    sha256=_digest(copy),
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


def restore(
    file: Path, folder: Path, store: str, overwrite: bool, database: str = ""
) -> tuple[Kept, Path | None]:
    """Make a folder of a backup; what was there is put aside, and nothing is lost.

    Everything is checked and made beside the folder first, so a kill leaves the folder as it was,
    or, in the moment of the change, absent with the old one beside it.

    Returns:
        What was restored, and where the folder of before is now.

    Raises:
        ArgumentError: it is no backup, is damaged or newer, or the folder is there.
        OutputError: a server works in the folder, or the disk has no room.
    """
    if not file.is_file():
        raise ArgumentError(f"{file}: no such file")
    if folder.exists() and any(folder.iterdir()) and not overwrite:
        raise ArgumentError(
            f"{folder} is there already; with --overwrite it is put aside, or name another folder: "
            "--folder"
        )
    aside = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{ASIDE}")
    try:
        with zipfile.ZipFile(file) as archive:
            described = _described(archive, file)
            _require_room(archive, folder)
            aside.mkdir(parents=True, mode=0o700)
            kept = _unpack(archive, described, file, aside, store)
        open_database(aside / DATABASE).dispose()  # brings it to the tables of this version
        where = place(aside, database)
        if isinstance(where, Path):
            return kept, _exchange(aside, folder)
        return kept, _restored_into(where, aside, folder, overwrite)
    except (ArgumentError, OutputError):
        raise
    except DAMAGE as error:
        raise ArgumentError(f"{file} is no backup, or is damaged: {error}") from None
    except OSError as error:
        raise OutputError(f"{file} cannot be restored into {folder}: {error}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _restored_into(where: URL, aside: Path, folder: Path, overwrite: bool) -> Path | None:
    """Put the database of a folder into PostgreSQL, and then the folder without it in its place."""
    engine = engine_of(where)
    try:
        if number := copying.others(engine):
            raise OutputError(f"a server works in the database ({number} connections); end it")
        schema = f"before_{datetime.now(UTC):%Y%m%d_%H%M%S}" if overwrite else ""
        with copying.out_of_file(aside / DATABASE, engine, schema) as connection:
            (aside / DATABASE).unlink()
            before = _exchange(aside, folder)
            connection.commit()
    finally:
        engine.dispose()
    return before


def _copy_database(source: Path, copy: Path) -> None:
    """The database as it is at one moment, without sessions, and whole."""
    with (
        closing(connected(source, "ro")) as here,
        closing(sqlite3.connect(copy, isolation_level=None)) as there,
    ):
        os.chmod(copy, 0o600)
        here.backup(there)  # all at once: in pieces, each commit of the server would begin it anew
        for setting in SETTINGS_OF_COPY:
            there.execute(f"PRAGMA {setting}")
        there.execute("DELETE FROM sessions")  # whoever has the backup is logged in nowhere
        _require_whole(there)


def _require_whole(database: sqlite3.Connection) -> None:
    (said,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise sqlite3.DatabaseError(said)


def _described(archive: zipfile.ZipFile, file: Path) -> Description:
    """What the backup says of itself, if this version can restore it and all names are its own."""
    names = archive.namelist()
    if DESCRIPTION not in names or DATABASE not in names:
        raise ArgumentError(f"{file} is no backup of counterpoise serve: it has no {DESCRIPTION}")
    try:
        described = Description.model_validate_json(archive.read(DESCRIPTION))
    except ValidationError:
        described = None
    if (
        described is None
        or described.format != FORMAT
        or described.revision not in revisions()
        or not all(DIGEST.fullmatch(digest) for digest in described.models)
    ):
        raise ArgumentError(
            f"{file} is of a newer version than {__version__}, or damaged: {DESCRIPTION} says what "
            "this version does not know (install the version that made it, or a newer one)"
        )
    known = {DESCRIPTION, DATABASE, *(name for name in described.files if name in KEYS)}
    known |= {f"{FOLDER}/{digest}/{name}" for digest in described.models for name in FILES}
    for name in names:
        if name not in known and not PictureStore.is_key(name.removeprefix(PICTURES)):
            raise ArgumentError(f"{file} is no backup of counterpoise serve: it holds '{name}'")
    return described


def _require_room(archive: zipfile.ZipFile, folder: Path) -> None:
    there = next(p for p in (folder, *folder.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(there).free
    needed = sum(item.file_size for item in archive.infolist()) + SPARE
    if needed > free:
        raise OutputError(f"{there} has {free >> 20} MiB free; the backup takes {needed >> 20}")


def _unpack(
    archive: zipfile.ZipFile, described: Description, file: Path, aside: Path, store: str
) -> Kept:
    models = [f"{FOLDER}/{digest}/{name}" for digest in described.models for name in FILES]
    for name in (DATABASE, *described.files, *models):
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(aside / name, "xb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target, PIECE)
    if _digest(aside / DATABASE) != described.sha256:
        raise ArgumentError(f"{file} is damaged: its database is not the one that was backed up")
    if not all(content_of(aside, digest) for digest in described.models):
        raise ArgumentError(f"{file} is damaged: a model is not the one that was backed up")
    try:
        with closing(connected(aside / DATABASE)) as database:
            _require_whole(database)
    except sqlite3.Error as error:
        raise ArgumentError(f"{file} is damaged: {error}") from None
    pictures = PictureStore(store or (aside / PICTURES).absolute().as_uri())
    number = 0
    for key in _pictures(archive):
        pictures.restore(key, archive.read(PICTURES + key))
        number += 1
    return Kept(file.stat().st_size, number, len(described.models))


def _pictures(archive: zipfile.ZipFile) -> Iterator[str]:
    for name in archive.namelist():
        if name.startswith(PICTURES):
            yield name.removeprefix(PICTURES)


def _exchange(aside: Path, folder: Path) -> Path | None:
    """Put the new folder in the place of the old one, which no server may use."""
    if not folder.exists():
        os.rename(aside, folder)
        return None
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    before = folder.with_name(f"{folder.name}.before-{stamp}")
    with owned(folder, DATABASE):
        os.rename(folder, before)
        os.rename(aside, folder)
    return before


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
