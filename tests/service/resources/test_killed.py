"""The account in the database after a clean stop, and after kill -9 at any moment."""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")
pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")
pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("fsspec", reason="needs the extra serve: fsspec")

from sqlalchemy import func, select

from counterpoise.service.database.account import LOST, Balance, balance
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Result
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.runtime.clock import now

CAMERAS = 8
MOST = 100  # pictures, half a second of all cameras, that the database may be behind


@contextmanager
def working(folder: Path, port: int, heard) -> Iterator[subprocess.Popen]:
    """The worker in a process of its own, from its first moment on; it is killed at the end."""
    script = Path(__file__).with_name("killed_script.py")
    command = [sys.executable, str(script), str(folder), str(port), str(CAMERAS)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            heard(process, "ready")
            yield process
        finally:
            process.kill()


def closed(folder: Path) -> tuple[Balance, int]:
    """The account as the next server finds it and closes it, and how many results there are."""
    engine = open_database(folder / "database.sqlite")
    recorder = Recorder(engine, now)
    recorder.start()
    recorder.stop()
    store = PictureStore((folder / "pictures").as_uri())
    with engine.connect() as connection:
        found = balance(connection)
        number = connection.scalar(select(func.count()).select_from(Result))
        keys = connection.execute(select(Result.camera_id, Result.at, Result.picture)).all()
        assert len({(camera, at) for camera, at, _ in keys}) == number, "no result twice"
        assert all(store.get(key) for _, _, key in keys), "a picture is there before its result"
        for camera in range(1, CAMERAS + 1):
            assert balance(connection, camera).in_flight == 0
    engine.dispose()
    return found, number


def killed(folder: Path, cameras, heard, moments: list[float]) -> None:
    port, sent = cameras
    last = lost = 0
    for moment in moments:
        with working(folder, port, heard):
            time.sleep(moment)
        total = sent().total()
        found, results = closed(folder)
        assert found.in_flight == 0
        assert found.analysed == results
        assert found.fetched == results + sum(found.dropped.values())
        assert found.fetched >= last, "nothing that was written is lost"
        assert 0 <= total - lost - found.fetched <= MOST, "short by what was on its way"
        last, lost = found.fetched, total - found.fetched
    assert last > 0
    assert found.dropped.get(LOST, 0) <= len(moments) * MOST


def test_the_account_is_the_cameras_own_after_a_clean_stop(tmp_path, cameras, heard) -> None:
    port, sent = cameras
    with working(tmp_path, port, heard) as process:
        end = time.monotonic() + 60
        while sent().total() <= 40:
            assert time.monotonic() < end, "no camera is asked"
            time.sleep(0.05)
        process.stdin.write("stop\n")
        process.stdin.flush()
        heard(process, "stopped")
    found, results = closed(tmp_path)
    assert found.fetched == sent().total() > 20
    assert found.analysed == results
    assert LOST not in found.dropped


def test_the_account_adds_up_after_it_was_killed(tmp_path, cameras, heard) -> None:
    killed(tmp_path, cameras, heard, [1.2, 0.3])


@pytest.mark.system
def test_the_account_adds_up_after_it_was_killed_at_twenty_moments(
    tmp_path, cameras, heard
) -> None:
    draw = random.Random(0)
    killed(tmp_path, cameras, heard, [draw.uniform(0.0, 1.0) for _ in range(20)])
