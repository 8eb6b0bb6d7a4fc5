"""Is everything here that a server needs? Each finding says what it is, and what to do."""

from __future__ import annotations

import importlib.metadata
import io
import os
import resource
import shutil
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image
from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.database.address import DATABASE, place, shown
from counterpoise.service.database.engine import connected, engine_of, is_owned, revisions
from counterpoise.service.database.shards import SENT, SHARDS
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.egress import PORTS, private_network
from counterpoise.service.runtime.failure import one_line
from counterpoise.service.settings import Settings
from counterpoise.service.system import in_demo

NEEDED = (
    "aiohttp", "alembic", "argon2-cffi", "fastapi", "fsspec", "onnxruntime", "simplejpeg",
    "sqlalchemy", "starlette", "structlog", "uvicorn",
)  # fmt: skip
LEAST = 1 << 30  # bytes of a disk that ought to be free
BUILT = 1_735_689_600  # 2025: a clock before this is wrong
SILENT = 60.0  # seconds without a beat of a process, of which there is one each second
HANDLES = 4  # files and sockets of a camera, at most
OTHERS = 256  # of everything else
SIDE = (640, 480)  # pixels of the picture that the model sees
LARGE = 200 << 20  # bytes of a database whose check takes more than a moment


@dataclass(frozen=True)
class Finding:
    """One line; a problem says what to do."""

    what: str
    value: str
    problem: str = ""


def check_up(settings: Settings, model: Path | None) -> Iterator[Finding]:
    """Look at everything, and change nothing.

    Args:
        settings: of the server.
        model: the exported folder, if there is one.
    """
    yield from _packages()
    yield from _folder(settings.folder)
    is_running = is_owned(settings.folder, DATABASE)
    yield Finding("server", "runs in this folder" if is_running else "does not run")
    where = place(settings.folder, settings.database)
    yield from _database(where) if isinstance(where, Path) else _server_of(where)
    yield _pictures(settings)
    yield _disk(settings.folder)
    yield _model(model)
    yield _port(settings, is_running)
    yield _clock(where)
    yield _handles(where)
    yield _egress(settings)
    yield from _holders(where)


def _packages() -> Iterator[Finding]:
    for name in NEEDED:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, "is missing", "pip install 'counterpoise[serve]'")
    try:
        yield Finding("video", f"av {importlib.metadata.version('av')}")
    except importlib.metadata.PackageNotFoundError:
        yield Finding("video", "not installed: cameras by HLS and RTSP are not fetched")


def _folder(folder: Path) -> Iterator[Finding]:
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    shown = str(folder.absolute()) + ("" if there == folder else " (the first start makes it)")
    if not there.is_dir():
        yield Finding("folder", shown, f"{there} is no folder; name another one: --folder")
    elif not os.access(there, os.W_OK | os.X_OK):
        yield Finding("folder", shown, f"{there} cannot be written by this user")
    else:
        yield Finding("folder", shown)


def _database(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        yield Finding("database", f"none yet; the first start makes it{in_demo(path.parent)}")
        return
    try:
        with closing(connected(path, "ro")) as database:
            size = path.stat().st_size
            check = "quick_check(1)" if size > LARGE else "integrity_check(1)"
            (said,) = database.execute(f"PRAGMA {check}").fetchone()
            if said != "ok":
                raise sqlite3.DatabaseError(said)
            yield Finding("database", f"whole, {size / 1e6:.1f} MB")
            (found,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
            (admins,) = database.execute(
                "SELECT count(*) FROM users WHERE role = 'admin'"
            ).fetchone()
    except sqlite3.Error as error:
        yield Finding(
            "database", f"damaged: {error}", "stop the server and restore a backup: "
            "counterpoise serve restore FILE --overwrite",
        )  # fmt: skip
        return
    yield from _tables(found, admins)


def _server_of(url: URL) -> Iterator[Finding]:
    """Of PostgreSQL, without a change of its tables."""
    try:
        engine = engine_of(url)
    except ArgumentError as error:
        yield Finding("database", str(url), str(error))
        return
    with closing(engine.raw_connection()) as database, closing(database.cursor()) as cursor:
        cursor.execute("SELECT current_setting('server_version'), "
                       "pg_database_size(current_database())")  # fmt: skip
        version, size = cursor.fetchone() or ("", 0)
        yield Finding("database", f"{shown(url)}: PostgreSQL {version}, {int(size) / 1e6:.1f} MB")
        cursor.execute("SELECT to_regclass('alembic_version'), to_regclass('users')")
        if None in (cursor.fetchone() or (None,)):
            yield Finding("tables", "none yet; the first start makes them")
        else:
            cursor.execute(
                "SELECT version_num, (SELECT count(*) FROM users WHERE role = 'admin') "
                "FROM alembic_version"
            )
            yield from _tables(*(cursor.fetchone() or ("", 0)))
    engine.dispose()


def _tables(found: str, admins: int) -> Iterator[Finding]:
    known = revisions()
    if found not in known:
        problem = "install the version of counterpoise that wrote it, or a newer one"
        yield Finding("tables", f"'{found}', which this version does not know", problem)
    elif found != known[0]:
        yield Finding("tables", f"'{found}'; the next start brings them to '{known[0]}'")
    else:
        yield Finding("tables", f"'{found}', the newest")
    problem = "" if admins else "counterpoise serve user add NAME --role admin"
    yield Finding("admins", str(admins), problem)


def _pictures(settings: Settings) -> Finding:
    place = settings.picture_store
    if not settings.pictures and not settings.folder.exists():
        return Finding("pictures", "the first start makes their folder")
    try:
        store = PictureStore(place)
        key = store.put(0, now(), b"\xff\xd8\xff")
        is_kept = key is not None and store.get(key) == b"\xff\xd8\xff"
        if key is not None:
            store.drop(key)
        said = store.error or "what was written could not be read"
    except Exception as error:  # each kind of store raises what it likes
        is_kept, said = False, f"{type(error).__name__}: {error}"
    return Finding("pictures", place, "" if is_kept else f"{said}: see the setting PICTURES")


def _disk(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(there).free
    problem = (
        "" if free >= LEAST else "free some space, or set a bound: the setting KEEP_PICTURE_GB"
    )
    return Finding("disk", f"{free / 1e9:.1f} GB free", problem)


def _model(folder: Path | None) -> Finding:
    if folder is None:
        return Finding("model", "not named; --model RUN checks it")
    try:
        model = ExportedModel.load(folder)
        if model.kind == "image":
            stream = io.BytesIO()
            noise = np.random.default_rng(0).integers(0, 255, (*SIDE[::-1], 3), np.uint8)
            Image.fromarray(noise).save(stream, "JPEG")
            sample = model.decode(stream.getvalue())
        else:
            sample = np.zeros(model.shape, model.dtype)
        model.predict(sample[None])
        begin = time.perf_counter()
        if model.kind == "image":
            sample = model.decode(stream.getvalue())
        model.predict(sample[None])
        took = time.perf_counter() - begin
    except CounterpoiseError as error:
        return Finding("model", str(folder), str(error))
    said = f"{folder}: {len(model.classes)} classes, one {model.kind} in {took * 1e3:.1f} ms"
    return Finding("model", said)


def _port(settings: Settings, is_running: bool) -> Finding:
    where = f"{settings.host}, port {settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        if is_running:
            return Finding("port", f"{where}: taken, as it should while the server runs")
        problem = f"{error.strerror}: end what has it, or --port names another one"
        return Finding("port", where, problem)
    return Finding("port", f"{where}: free")


def _clock(where: Path | URL) -> Finding:
    at = time.time()
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at))
    newest = _one(where, "SELECT recorded FROM results ORDER BY id DESC LIMIT 1")
    if at < BUILT or newest / 1e6 > at + 60:
        return Finding("clock", shown, "it is behind: set it, best by NTP")
    try:
        ZoneInfo("Europe/Berlin")
    except (KeyError, OSError):
        return Finding("clock", shown, "there is no data of time zones: pip install tzdata")
    return Finding("clock", shown)


def _handles(where: Path | URL) -> Finding:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    number = _one(where, "SELECT count(*) FROM cameras WHERE is_active")
    needed = number * HANDLES + OTHERS
    problem = f"{number} cameras may need {needed}: ulimit -n {needed}" if most < needed else ""
    return Finding("open files", f"{most} at most", problem)


def _egress(settings: Settings) -> Finding:
    ports = sorted(PORTS | {int(port) for port in settings.ports if port.isdecimal()})
    networks = ", ".join(settings.private_networks)
    said = f"public addresses{f' and {networks}' if networks else ' only'}, ports " + ", ".join(
        map(str, ports)
    )
    try:
        for text in settings.private_networks:
            private_network(text)
        wrong = [port for port in settings.ports if not port.isdecimal()]
        problem = f"PORTS: no port is '{wrong[0]}'" if wrong else ""
    except ArgumentError as error:
        problem = str(error)
    return Finding("cameras may be at", said, problem)


def _holders(where: Path | URL) -> Iterator[Finding]:
    """The processes on the database, and how much each fetches from."""
    query = (
        "SELECT name, role, last, (SELECT count(*) FROM shards WHERE holder_id = holders.id "
        f"AND number != {SENT}) FROM holders ORDER BY since"
    )
    found = _rows(where, query)
    for name, role, last, number in found:
        silent = (now() - last) / 1e6
        said = f"{role}, {number} of {SHARDS} shards of cameras, last seen {silent:.0f} s ago"
        problem = "others take over what it has, unless it runs" if silent >= SILENT else ""
        yield Finding(one_line(str(name)), said, problem)
    if found and not any(number for *_, number in found):
        yield Finding("shards", "nobody fetches", "start one: counterpoise serve --role worker")


def _one(where: Path | URL, query: str) -> int:
    """A number of the database; 0 where there is none."""
    rows = _rows(where, query)
    return int(rows[0][0]) if rows and rows[0][0] is not None else 0


def _rows(where: Path | URL, query: str) -> list[tuple[Any, ...]]:
    """Rows of the database; none where it cannot be asked, which is a finding of its own."""
    try:
        if isinstance(where, Path):
            with closing(connected(where, "ro")) as database:
                return list(database.execute(query))
        engine = engine_of(where)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return found
    except (sqlite3.Error, SQLAlchemyError, ArgumentError):
        return []
