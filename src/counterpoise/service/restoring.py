"""A folder, or a database of PostgreSQL, made of a backup; see `backup` for what that holds."""

from __future__ import annotations

import lzma
import os
import secrets
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic.util.exc import CommandError
from pydantic import ValidationError
from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.atomic import ASIDE
from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.backup import (
    DESCRIPTION,
    FORMAT,
    KEYS,
    PICTURES,
    Description,
    Kept,
    digest_of,
    require_whole,
)
from counterpoise.service.database import copying
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.engine import (
    connected,
    engine_of,
    open_database,
    owned,
    revisions,
)
from counterpoise.service.pictures.store import PictureStore, said
from counterpoise.service.promotion.keeping import DIGEST, FILES, FOLDER, content_of
from counterpoise.version import __version__

PIECE = 1 << 20  # bytes that are copied at a time
SPARE = 64 << 20  # bytes of the disk that are left free
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
    sqlite3.Error,
    CommandError,
)  # fmt: skip - that an archive has, by which of its bytes were changed


def restore(
    file: Path, folder: Path, store: str, overwrite: bool, database: str = ""
) -> tuple[Kept, Path | None]:
    """Make a folder of a backup; what was there is put aside, and nothing is lost.

    Everything is checked and made beside the folder first, so a kill leaves the folder as it was,
    or, in the moment of the change, absent with the old one beside it. A store of pictures that is
    elsewhere gets them last, so one that is refused has changed nothing there.

    Returns:
        What was restored, and where the folder of before is now.

    Raises:
        ArgumentError: it is no backup, is damaged or newer, or the folder is there.
        OutputError: a server works in the folder, the disk has no room, or the store of pictures
            does not take them.
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
            keys = _pictures(archive)
            own = _working(store) if store and keys else None
            aside.mkdir(parents=True, mode=0o700)
            _unpack(archive, described, file, aside)
            beside = PictureStore((aside / PICTURES).absolute().as_uri())
            for key in keys:
                content = archive.read(PICTURES + key)  # which says if it is damaged
                if own is None:
                    beside.restore(key, content)
            open_database(aside / DATABASE).dispose()  # brings it to the tables of this version
            with closing(connected(aside / DATABASE)) as copy, copy:
                copying.leave_out(copy)  # backups of older versions have it
            where = place(aside, database)
            if isinstance(where, Path):
                with _exchanged(aside, folder) as before:
                    pass
            else:
                before = _restored_into(where, aside, folder, overwrite)
            if own is not None:  # nothing can be refused any more
                _put(archive, keys, own, before)
            return Kept(file.stat().st_size, len(keys), len(described.models)), before
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
            with _exchanged(aside, folder) as before:
                _commit(connection)
    finally:
        engine.dispose()
    return before


def _commit(connection: Connection) -> None:
    try:
        connection.commit()
    except SQLAlchemyError as error:
        words = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
        raise OutputError(
            f"PostgreSQL did not confirm the restore: {words} (the folder is as it was; restore "
            "again when the database answers)"
        ) from None


def _working(store: str) -> PictureStore:
    """The store of pictures, if it works now."""
    pictures = PictureStore(store)
    pictures.require_working()
    if pictures.error:
        raise OutputError(
            f"the store of pictures does not take them: {pictures.error} (nothing is restored; try "
            "again when it does)"
        )
    return pictures


def _put(
    archive: zipfile.ZipFile, keys: list[str], pictures: PictureStore, before: Path | None
) -> None:
    for number, key in enumerate(keys):
        try:
            pictures.restore(key, archive.read(PICTURES + key))
        except Exception as error:  # each kind of store raises what it likes
            there = "" if before is None else f"; what was there is in {before}"
            raise OutputError(
                f"the database is restored, and {number} of {len(keys)} pictures: the store says "
                f"{said(error)} (restore again with --overwrite when it works{there})"
            ) from None


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


def _unpack(archive: zipfile.ZipFile, described: Description, file: Path, aside: Path) -> None:
    """Database, keys and models, each of which is the one that was backed up."""
    models = [f"{FOLDER}/{digest}/{name}" for digest in described.models for name in FILES]
    for name in (DATABASE, *described.files, *models):
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as source, open(aside / name, "xb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target, PIECE)
    if digest_of(aside / DATABASE) != described.sha256:
        raise ArgumentError(f"{file} is damaged: its database is not the one that was backed up")
    if not all(content_of(aside, digest) for digest in described.models):
        raise ArgumentError(f"{file} is damaged: a model is not the one that was backed up")
    try:
        with closing(connected(aside / DATABASE)) as database:
            require_whole(database)
    except sqlite3.Error as error:
        raise ArgumentError(f"{file} is damaged: {error}") from None


def _pictures(archive: zipfile.ZipFile) -> list[str]:
    names = (name for name in archive.namelist() if name.startswith(PICTURES))
    return [name.removeprefix(PICTURES) for name in names]


@contextmanager
def _exchanged(aside: Path, folder: Path) -> Iterator[Path | None]:
    """Put the new folder in the place of the old one, which no server may use.

    The old one comes back if anything fails while this is open.
    """
    with ExitStack() as locked, ExitStack() as undo:
        before = None
        if folder.exists():
            locked.enter_context(owned(folder, DATABASE))
            before = folder.with_name(f"{folder.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            os.rename(folder, before)
            undo.callback(os.rename, before, folder)
        os.rename(aside, folder)
        undo.callback(os.rename, folder, aside)
        yield before
        undo.pop_all()
