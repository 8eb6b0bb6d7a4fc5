"""What a second worker on Ray costs: images for each CPU second of the workers, of two over one.

Emulated cameras, PostgreSQL, Ray and the server with the pages share these cores with the workers,
so seconds of a clock would measure those; what a worker itself needs for an image is its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from harness import Claim, Output, interval
from serve_postgresql import started
from sqlalchemy import URL, Engine, insert, update

from counterpoise.service import demo
from counterpoise.service.database import shards
from counterpoise.service.database.account import balance
from counterpoise.service.database.address import place
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.shards import SHARDS
from counterpoise.service.database.tables import Camera

EACH = 0.85  # of one worker's images a CPU second that each of two is to reach
DEMAND = 60.0  # images a second for each worker
CAMERAS = 128
START = 120.0  # seconds for workers to have their shares

SERVER = """
import sys
from pathlib import Path
from counterpoise.service.serving import serve
from counterpoise.service.settings import Settings
folder, database, engine, workers, model, host, port = sys.argv[1:]
settings = Settings(folder=Path(folder), database=database, port=0, engine=engine,
                    workers=int(workers))
serve(settings, Path(model), lambda line: print(line, flush=True), (host, int(port)))
"""


def workers(
    output: Output, folder: Path, images: Path, model: Path, engine: str, rounds: int, seconds: int
) -> None:
    """One worker and two, in turn."""
    found: dict[int, list[float]] = {1: [], 2: []}
    with started() as database, cameras(images) as address:
        add_cameras(place(folder, database), address)
        for number in [1, 2] * rounds:
            words = [str(folder / "workers"), database, engine, str(number), str(model)]
            rate, each = measured(words, address, number, seconds)
            found[number].append(each)
            output.say(f"{number} workers: {rate:.0f} images/s, {each:.0f} for each CPU second")
    one, two = np.array(found[1]), np.array(found[2])
    low, high = interval(two / one)
    ours, theirs = float(np.median(two)), float(np.median(one))
    ratio = float(np.median(two / one))
    text = (
        f"two workers on Ray: images for each CPU second of theirs, {DEMAND:g} images/s asked of "
        "each, over one worker's"
    )
    output.claim(Claim(text, ours, theirs, ratio, EACH, low >= EACH, rounds, (low, high)))


@contextmanager
def cameras(images: Path) -> Iterator[str]:
    """The address of emulated ones."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "counterpoise.service.emulator", str(images)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as emulator:
        assert emulator.stdin is not None
        assert emulator.stdout is not None
        yield emulator.stdout.readline().strip()
        emulator.stdin.close()


def add_cameras(where: Path | URL, address: str) -> None:
    database = open_database(where)
    row = {"kind": "snapshot", "interval": 60}
    with database.begin() as connection:
        connection.execute(
            insert(Camera),
            [
                row | {"id": n, "name": str(n), "url": f"{address}/{n}/good/snapshot"}
                for n in range(1, CAMERAS + 1)
            ],
        )
    database.dispose()


def measured(words: list[str], address: str, number: int, seconds: int) -> tuple[float, float]:
    """Images a second, and for each CPU second of the workers."""
    host, port = demo.place(address)
    database = open_database(place(Path(words[0]), words[1]))
    period = CAMERAS / (number * DEMAND)
    with database.begin() as connection:
        connection.execute(update(Camera).values(interval=period))
    command = [sys.executable, "-c", SERVER, *words, host, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            end = time.monotonic() + START
            while len(found := sharing(database)) != number:
                if server.poll() is not None or time.monotonic() > end:
                    sys.exit("the workers did not begin")
                time.sleep(0.5)
            time.sleep(2 * period)
            begun, spent, before = time.monotonic(), cpu(found), analysed(database)
            time.sleep(seconds)
            took, done = time.monotonic() - begun, analysed(database) - before
            spent = cpu(found) - spent
        finally:
            server.terminate()
    database.dispose()
    return done / took, done / spent


def sharing(engine: Engine) -> list[int]:
    """Processes of the workers, once together they hold all shards in equal parts."""
    with engine.connect() as connection:
        processes, found = shards.look(connection)
    held = {
        int(process.name.rpartition(":")[2]): sum(s.holder == process.id for s in found.values())
        for process in processes.values()
        if process.role == "worker"
    }
    return [*held] if held and set(held.values()) == {SHARDS // len(held)} else []


def cpu(processes: list[int]) -> float:
    """Seconds of a processor that they had."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def analysed(engine: Engine) -> int:
    with engine.connect() as connection:
        return balance(connection).analysed
