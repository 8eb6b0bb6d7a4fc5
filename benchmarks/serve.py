"""What `counterpoise serve` does on one core, how fast it answers, and how many cameras it follows.

`--part` runs one of them alone: one-core, search, analysis, fleet or demo. `--engine ray` measures
two workers on Ray beside one in place of all these.

The server is pinned to one core and never loads torch; the emulated cameras, a process of their
own, have the other. The roofline is what one core could do if it did nothing but fetch, decode and
classify, each measured alone in CPU seconds in the same run. All addresses are on loopback.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from harness import Claim, Output, common, interval, parser, run
from PIL import Image
from serve_answers import analysis, search
from serve_fleet import demo_start, fleet
from serve_workers import workers

from counterpoise.data.sources.named import data_roots

RATE = 255.0  # images/s of CAM2's whole fleet
ROOFLINE = 0.5  # of it that is to be reached
WIDTH, HEIGHT, KILOBYTES = 640, 480, 47

SERVER = """
import asyncio, json, os, sys, time
from pathlib import Path
cores = sorted(os.sched_getaffinity(0))
os.sched_setaffinity(0, cores[:1])
from sqlalchemy import insert
from counterpoise.predict import ExportedModel
from counterpoise.service import demo
from counterpoise.service.database.account import balance
from counterpoise.service.database.tables import Camera
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.settings import Settings
from counterpoise.service.system import System
import numpy as np

folder, model, address, demand, cameras, seconds = sys.argv[1:]
place = demo.place(address)
model = ExportedModel.load(model)
rate, count, seconds = float(demand), int(cameras), int(seconds)

async def fetch(number):
    async with Fetcher(EgressGuard(emulator=place)) as fetcher:
        async def one(camera):
            async with fetcher.open(f"{address}/{camera}/good/snapshot") as response:
                return await fetcher.read(response)
        found = []
        for _ in range(number // 16):
            found += await asyncio.gather(*(one(camera) for camera in range(1000, 1016)))
        return found

def cost(work, number):
    work()
    begun = time.process_time()
    for _ in range(3):
        work()
    return (time.process_time() - begun) / (3 * number)

contents = asyncio.run(fetch(64))
samples = np.stack([model.decode(content) for content in contents])
parts = {
    "fetch": cost(lambda: asyncio.run(fetch(64)), 64),
    "decode": cost(lambda: [model.decode(content) for content in contents], 64),
    "model": cost(lambda: [model.predict(samples[i : i + 16]) for i in range(0, 64, 16)], 64),
}
with System(Settings(folder=Path(folder)), model, "model", place) as system:
    with system.engine.begin() as connection:
        connection.execute(insert(Camera), [
            {"id": n, "name": str(n), "kind": "snapshot", "interval": count / rate,
             "url": f"{address}/{n}/good/snapshot"}
            for n in range(1, count + 1)
        ])
    system.reassign()
    time.sleep(3)
    found = []
    for _ in range(seconds + 1):
        with system.engine.connect() as connection:
            now = balance(connection)
        found.append((time.monotonic(), now.fetched, now.analysed))
        time.sleep(1)
assert "torch" not in sys.modules
print(json.dumps({"parts": parts, "found": found}))
"""


def pictures(folder: Path, number: int) -> None:
    """JPEGs of 640x480 and about 47 kB: of Caltech-101 where it is at hand, else made ones."""
    folder.mkdir(parents=True)
    found = [p for root in data_roots() for p in sorted((root / "caltech101").rglob("*.jpg"))]
    step = max(1, len(found) // number)
    draw = np.random.default_rng(0)
    for n in range(number):
        if found:
            image = Image.open(found[n * step % len(found)]).convert("RGB")
        else:
            image = Image.fromarray(draw.integers(0, 256, (24, 32, 3), dtype=np.uint8))
        image = image.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        for quality in range(95, 20, -5):
            stream = io.BytesIO()
            image.save(stream, "JPEG", quality=quality)
            if len(stream.getvalue()) <= 1000 * KILOBYTES:
                break
        into = folder / str(n % 2)
        into.mkdir(exist_ok=True)
        (into / f"{n}.jpg").write_bytes(stream.getvalue())


def exported(folder: Path, images: Path, model: str) -> None:
    """A network of that architecture after one update, exported."""
    for words in (
        ["compare", str(images), "--methods", "baseline", "--seeds", "1", "--scratch",
         "--model", model, "--size", "32x32", "--rounds", "1", "--out", str(folder / "out"),
         "--set", "train.updates_per_round=1"],
        ["export", "", "--out", str(folder / "model")],
    ):  # fmt: skip
        if words[0] == "export":
            words[1] = str(next((folder / "out").glob("runs/*/*/predictor")).parent)
        command = [sys.executable, "-m", "counterpoise.cli", *words]
        subprocess.run(command, check=True, capture_output=True)


def one_core(output: Output, folder: Path, images: Path, model: Path, seconds: int) -> None:
    """The largest demand of which 99 % is analysed, and its share of the roofline."""
    demands = [200.0] if output.options.quick else [255.0, 300.0, 350.0, 400.0, 450.0]
    best: tuple[float, dict[str, float], list[float]] | None = None
    for demand in demands:
        emulator = subprocess.Popen(
            [sys.executable, "-m", "counterpoise.service.emulator", str(images)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert emulator.stdin is not None
        assert emulator.stdout is not None
        address = emulator.stdout.readline().strip()
        try:
            words = [str(folder / f"at-{demand:.0f}"), str(model), address, str(demand), "64"]
            command = [sys.executable, "-c", SERVER, *words, str(seconds)]
            made = subprocess.run(command, check=True, capture_output=True, text=True)
        finally:
            emulator.stdin.close()
            emulator.wait()
        said = json.loads(made.stdout)
        times, fetched, analysed = np.array(said["found"]).T
        rates = np.diff(analysed) / np.diff(times)
        share = (analysed[-1] - analysed[0]) / max(1.0, fetched[-1] - fetched[0])
        parts = ", ".join(f"{name} {1e6 * s:.0f} us" for name, s in said["parts"].items())
        output.say(f"asked {demand:.0f}/s: {rates.mean():.0f}/s analysed, {share:.1%}; {parts}")
        if best is None or rates.mean() > best[0]:
            best = float(rates.mean()), said["parts"], rates.tolist()
        if share < 0.99:
            break
    assert best is not None
    rate, costs, each = best
    roofline = 1 / sum(costs.values())
    for text, theirs, bar in (
        ("one core: images/s fetched, decoded, classified, stored and recorded", RATE, 1.0),
        ("one core: the same over the roofline of fetch, decode and model", roofline, ROOFLINE),
    ):
        low, high = interval(np.array(each) / theirs)
        ratio = rate / theirs
        output.claim(Claim(text, rate, theirs, ratio, bar, low >= bar, len(each), (low, high)))


PARTS = ("one-core", "search", "analysis", "fleet", "demo")


def main() -> None:
    """Each part, in turn."""
    reader: argparse.ArgumentParser = parser(__doc__ or "")
    reader.add_argument("--part", choices=PARTS, action="append", help="alone; may be repeated")
    reader.add_argument("--minutes", type=float, default=10.0, help="of the fleet")
    reader.add_argument("--database", default="", help="of the fleet: an address of PostgreSQL")
    reader.add_argument("--engine", help="ray, or ray://HOST:PORT: one worker, and two")
    reader.add_argument("--folder", type=Path, help="that keeps what was made, for another time")
    given = reader.parse_args()
    options = common(given)
    output = Output(options)
    quick, wanted = options.quick, given.part or PARTS
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        images, model = folder / "images", folder / "model"
        if not images.is_dir():
            pictures(images, 16 if quick else 120)
        if not model.is_dir():
            exported(folder, images, "small-cnn" if quick else "densenet121")
        if given.engine:
            rounds, seconds = (2, 2) if quick else (4, 20)
            workers(output, folder, images, model, given.engine, rounds, seconds)
            return
        if "one-core" in wanted:
            one_core(output, folder, images, model, 2 if quick else 30)
        if "search" in wanted:
            search(output, folder, model, 1000 if quick else 100_000, 50 if quick else 1000)
        if "analysis" in wanted:
            analysis(output, folder, model, 20_000 if quick else 10_000_000, 2 if quick else 40)
        if "fleet" in wanted:
            minutes = 0.1 if quick else given.minutes
            number = 40 if quick else 1000
            fleet(output, folder, images, model, number, 60 * minutes, given.database)
        if "demo" in wanted:
            demo_start(output, folder)


if __name__ == "__main__":
    run(main)
