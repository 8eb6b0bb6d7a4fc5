"""A thousand cameras on two cores, and how soon the demo shows its first frame."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from harness import Claim, Output, interval

FRESH = 2.0  # seconds from the last byte of a frame to its result in the database
SHARE = 0.99  # of results
INTERVAL = 4.0  # seconds between two frames of a camera
START = 15.0  # seconds
DATABASE = "counterpoise.sqlite"

FOLLOWED = """
import json, sys, time
from pathlib import Path
from sqlalchemy import insert, text
from counterpoise.predict import ExportedModel
from counterpoise.service import demo
from counterpoise.service.database.account import balance
from counterpoise.service.database.tables import Camera
from counterpoise.service.settings import Settings
from counterpoise.service.system import System

folder, model, address, cameras, seconds, interval, database = sys.argv[1:]
count, seconds, interval = int(cameras), float(seconds), float(interval)
with System(Settings(folder=Path(folder), database=database), ExportedModel.load(model), "model",
            demo.place(address)) as system:
    with system.engine.begin() as connection:
        connection.execute(insert(Camera), [
            {"id": n, "name": str(n), "kind": "snapshot", "interval": interval,
             "url": f"{address}/{n}/good/snapshot"}
            for n in range(1, count + 1)
        ])
    system.reassign()
    time.sleep(2 * interval)
    begun, cpu = time.time(), time.process_time()
    with system.engine.connect() as connection:
        before = balance(connection)
    time.sleep(seconds)
    ended, cpu = time.time(), time.process_time() - cpu
    with system.engine.connect() as connection:
        after = balance(connection)
with system.engine.connect() as connection:
    ages = [float(row[0]) for row in connection.execute(
        text("SELECT (recorded - at) / 1e6 FROM results WHERE at >= :a AND at < :b"),
        {"a": int(begun * 1e6), "b": int(ended * 1e6)})]
    (cameras,) = connection.execute(text(
        "SELECT count(DISTINCT camera_id) FROM results WHERE at >= :a AND at < :b"),
        {"a": int(begun * 1e6), "b": int(ended * 1e6)}).one()
assert "torch" not in sys.modules
print(json.dumps({
    "ages": ages, "cameras": cameras, "cores": cpu / (ended - begun),
    "rate": len(ages) / (ended - begun), "fetched": after.fetched - before.fetched,
    "dropped": {k: n - before.dropped.get(k, 0) for k, n in after.dropped.items()},
}))
"""


def fleet(
    output: Output,
    folder: Path,
    images: Path,
    model: Path,
    cameras: int,
    seconds: float,
    database: str = "",
) -> None:
    """How many results are in the database `FRESH` seconds after the frame's last byte."""
    emulator = subprocess.Popen(
        [sys.executable, "-m", "counterpoise.service.emulator", str(images)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert emulator.stdin is not None
    assert emulator.stdout is not None
    address = emulator.stdout.readline().strip()
    words = [
        str(folder / "fleet"),
        str(model),
        address,
        str(cameras),
        str(seconds),
        str(INTERVAL),
        database,
    ]
    try:
        made = subprocess.run(
            [sys.executable, "-c", FOLLOWED, *words], check=True, capture_output=True, text=True
        )
    finally:
        emulator.stdin.close()
        emulator.wait()
    said = json.loads(made.stdout)
    ages = np.array(said["ages"])
    late = said["fetched"] - len(ages)
    quantiles = ", ".join(f"{q:.0%} {np.quantile(ages, q):.2f} s" for q in (0.5, 0.99, 1))
    output.say(
        f"{said['rate']:.0f} results/s of {said['cameras']} cameras, {cameras / INTERVAL:.0f} "
        f"asked for; ages: {quantiles}; {said['cores']:.2f} cores; {late} frames without a result; "
        f"dropped {said['dropped']}"
    )
    share = float((ages < FRESH).mean())
    low, high = interval(ages[:: max(1, len(ages) // 2000)] < FRESH, np.mean, 500)
    text = (
        f"{cameras} cameras at {1 / INTERVAL:g} fps for {seconds / 60:.3g} minutes: share of "
        f"results younger than {FRESH:g} s"
    )
    holds = share >= SHARE and said["rate"] >= 0.99 * cameras / INTERVAL
    output.claim(
        Claim(text, share, SHARE, share / SHARE, 1.0, holds, len(ages), (low / SHARE, high / SHARE))
    )


def demo_start(output: Output, folder: Path) -> None:
    """Seconds from the command to the first result, with the model and cameras of before."""
    place = folder / "demo"
    command = [sys.executable, "-m", "counterpoise.cli", "serve", "--demo", "--port", "0",
               "--folder", str(place)]  # fmt: skip
    times = []
    for number in range(2 if output.options.quick else 6):
        begun, at = time.monotonic(), time.time()
        server = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            while not _has_result(place, at):
                assert server.poll() is None, server.communicate()[0]
                assert time.monotonic() - begun < 300
                time.sleep(0.05)
            if number:  # the first one trains
                times.append(time.monotonic() - begun)
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)
    found = np.array(times)
    low, high = interval(found)
    took = float(np.median(found))
    text = "start of --demo with a model at hand to the first classified frame, s"
    output.claim(
        Claim(text, took, START, took / START, 1.0, high <= START, len(found),
              (low / START, high / START))
    )  # fmt: skip


def _has_result(folder: Path, since: float) -> bool:
    # `walk` passes over folders that go meanwhile.
    found = (Path(place, DATABASE) for place, _, files in os.walk(folder) if DATABASE in files)
    for path in found:
        try:
            with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
                newest = "SELECT recorded FROM results ORDER BY id DESC LIMIT 1"
                row = connection.execute(newest).fetchone()
        except sqlite3.OperationalError:  # it is being made
            continue
        if row is not None and row[0] >= since * 1e6:
            return True
    return False
