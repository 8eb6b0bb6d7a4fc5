"""The account of a server that is killed, against the count of the cameras themselves."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("sqlalchemy", reason="needs the extra serve: sqlalchemy")

from sqlalchemy import func, insert, select

from counterpoise.service import demo
from counterpoise.service.database.account import LOST, balance
from counterpoise.service.database.address import DATABASE
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.tables import Camera, Result

MOMENTS = 20
ENDING = "ending: what was fetched is analysed and recorded\n"
CAMERAS = 8
INTERVAL = 0.1  # seconds between two frames of a camera
UNWRITTEN = 1.0  # seconds of frames that a kill may lose: those not yet committed, or on their way

SERVER = """
import sys
from pathlib import Path
from counterpoise.cli.exits import with_exit_code
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, model, host, port = sys.argv[1:]
settings = Settings(folder=Path(folder), port=0)
say = lambda line: print(line, flush=True)
with_exit_code(serve)(settings, Path(model), say, (host, int(port)))
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("demo")
    train, replay = demo.pictures(folder)
    return demo.model(folder, train), replay


@pytest.fixture
def address(trained: tuple[Path, Path]) -> Iterator[str]:
    with demo.emulator(trained[1]) as found:
        yield found


@pytest.fixture
def started(heard: Callable[..., str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a server; what still runs at the end is killed."""
    made: list[subprocess.Popen[str]] = []

    def start(folder: Path, model: Path, address: str) -> subprocess.Popen[str]:
        made.append(begun(folder, model, address))
        heard(made[-1], "Ctrl-C")
        return made[-1]

    yield start
    for process in made:
        process.kill()


def begun(folder: Path, model: Path, address: str) -> subprocess.Popen[str]:
    host, port = demo.place(address)
    return subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), str(model), host, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sent(address: str) -> int:
    with urllib.request.urlopen(f"{address}/counts", timeout=30) as answer:
        return sum(json.load(answer).values())


def add_cameras(folder: Path, address: str) -> None:
    folder.mkdir()
    engine = open_database(folder / DATABASE)
    with engine.begin() as connection:
        for number in range(1, CAMERAS + 1):
            kind, form = ("mjpeg", "stream") if number > 5 else ("snapshot", "snapshot")
            url = f"{address}/{number}/good/{form}"
            connection.execute(
                insert(Camera).values(name=str(number), kind=kind, url=url, interval=INTERVAL)
            )
    engine.dispose()


@pytest.mark.system
def test_killed_at_random_moments_the_account_holds(
    trained: tuple[Path, Path],
    address: str,
    started: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    model, _ = trained
    folder = tmp_path / "server"
    add_cameras(folder, address)
    moments = random.Random(0)
    engine = open_database(folder / DATABASE)
    for killed in range(1, MOMENTS + 1):
        process = started(folder, model, address)
        time.sleep(moments.uniform(0.0, 1.5))
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        with engine.connect() as connection:
            now = balance(connection)
            results = connection.scalar(select(func.count()).select_from(Result))
            keys = list(connection.scalars(select(Result.picture)))
        assert now.in_flight >= 0
        assert results == now.analysed
        assert all((folder / "pictures" / key).is_file() for key in keys if key)
        short = sent(address) - now.fetched
        assert 0 <= short <= killed * CAMERAS * (UNWRITTEN / INTERVAL + 1)

    before, counted = now, sent(address)
    process = started(folder, model, address)
    end = time.monotonic() + 60
    while sent(address) < counted + 10 * CAMERAS:
        assert time.monotonic() < end, "no camera is asked"
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, ENDING)
    with engine.connect() as connection:
        after = balance(connection)
    assert after.in_flight == 0
    assert after.dropped.get(LOST, 0) >= before.in_flight
    assert after.fetched - before.fetched == sent(address) - counted > 0
    engine.dispose()
