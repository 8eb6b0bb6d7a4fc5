"""How many results a second are recorded in PostgreSQL, and in SQLite, in pairs in one run.

A batch is what the recorder of a server writes in one transaction: results of cameras, the account
and totals. PostgreSQL is started here on loopback with its own settings, so that each commit waits
for the disk, which SQLite's (write-ahead log, synchronous=NORMAL) do not; or --database names one
that is empty.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from harness import Claim, Output, common, interval, parser
from sqlalchemy import URL, Engine, func, insert, select

from counterpoise.service.database.account import ANALYSED, FETCHED
from counterpoise.service.database.address import OWN, place
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.tables import Camera, Model, Result

ASKED = 250  # results a second of 1000 cameras at .25 fps
CAMERAS = 1000
SIZE = 50  # results of a batch, of a fifth of a second
SERVER = Path(__file__).parents[1] / "tests" / "service" / "postgresql_server.py"


@contextmanager
def started() -> Iterator[str]:
    """The address of a server of the Debian package, with its own settings."""
    pipe = subprocess.PIPE
    command = [sys.executable, str(SERVER), "--durable"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = json.loads(process.stdout.readline() or "{}")
        if "port" not in said:
            sys.exit(said.get("missing", "PostgreSQL does not start"))
        url = URL.create(OWN, said["user"], said["password"], "127.0.0.1", said["port"], "postgres")
        yield url.render_as_string(hide_password=False)
        process.stdin.close()


def batches(number: int) -> list[Batch]:
    """Results of different cameras each, a quarter of a second apart."""
    draw, made = random.Random(0), []
    for k in range(number):
        at = 1_700_000_000_000_000 + k * 200_000
        results = [
            Analysed(
                camera, 1, at, f"class {draw.randrange(10)}", draw.random(), b"x" * 80,
                f"{camera}/2023-11-14/22/{at}.jpg", 640, 480, 47_000,
            )
            for camera in draw.sample(range(1, CAMERAS + 1), SIZE)
        ]  # fmt: skip
        account = Counter((r.camera, what) for r in results for what in (FETCHED, ANALYSED))
        made.append(Batch(account=account, results=results))
    return made


def written(engine: Engine, parts: list[Batch]) -> float:
    """Results a second."""
    begun = time.perf_counter()
    for part in parts:
        with engine.begin() as connection:
            record(connection, part, 1)
    return SIZE * len(parts) / (time.perf_counter() - begun)


def main() -> None:
    """Rounds of both, one after the other."""
    reader = parser(__doc__ or "")
    reader.add_argument("--database", help="an address of PostgreSQL; default: one is started")
    given = reader.parse_args()
    output = Output(common(given))
    pairs, length = (3, 4) if given.quick else (20, 50)
    with tempfile.TemporaryDirectory() as folder:
        if given.database:
            rates = measured(given.database, Path(folder), pairs, length)
        else:
            with started() as address:
                rates = measured(address, Path(folder), pairs, length)
    ours, theirs = (np.array(rates[name]) for name in ("postgresql", "sqlite"))
    low, high = interval(ours)
    took = float(np.median(ours))
    output.claim(
        Claim(
            f"results/s recorded in PostgreSQL, batches of {SIZE}, over those of 1000 cameras at "
            ".25 fps", took, ASKED, took / ASKED, 1.0, low >= ASKED, pairs,
            (low / ASKED, high / ASKED),
        )
    )  # fmt: skip
    low, high = interval(ours / theirs)
    output.say(
        f"SQLite in the same run: {np.median(theirs):.0f} results/s; PostgreSQL over it: "
        f"{np.median(ours / theirs):.2f} [{low:.2f}, {high:.2f}]"
    )


def measured(address: str, folder: Path, pairs: int, length: int) -> dict[str, list[float]]:
    """Results a second of each database, by round."""
    engines = {
        "postgresql": open_database(place(folder, address)),
        "sqlite": open_database(place(folder, "")),
    }
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for engine in engines.values():
        with engine.begin() as connection:
            row = {"kind": "push", "url": "", "interval": 4}
            connection.execute(
                insert(Camera), [row | {"name": f"camera {n}"} for n in range(CAMERAS)]
            )
            connection.execute(
                insert(Model).values(digest="0" * 64, name="model", classes="[]", since=1)
            )
    parts = batches((pairs + 1) * length)
    for k in range(pairs + 1):
        for name, engine in engines.items():
            rate = written(engine, parts[k * length : (k + 1) * length])
            if k:  # the first round fills caches
                rates[name].append(rate)
    for engine in engines.values():
        with engine.connect() as connection:
            assert connection.scalar(select(func.count(Result.id))) == len(parts) * SIZE
        engine.dispose()
    return rates


if __name__ == "__main__":
    main()
