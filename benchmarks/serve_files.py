"""How long `counterpoise serve` takes for a file of 100 000 cameras, and for a place by its name.

Beside the import stands the least that anybody could do with such a file: read it with the csv
module, and insert its rows into the same table. Nothing goes over a network.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import Claim, Output, arguments, interval, run
from sqlalchemy import delete, insert

from counterpoise.service.database import cameras
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera
from counterpoise.service.exchange.exporting import exported
from counterpoise.service.exchange.formats import FORMATS
from counterpoise.service.exchange.importing import import_file
from counterpoise.service.gazetteer.gazetteer import Gazetteer
from counterpoise.service.runtime.egress import EgressGuard

IMPORT = 60.0  # seconds: as long as a person waits for a page
PLACE = 20.0  # ms, the 99th percentile, as for a search of cameras
EXPORT = 20.0  # seconds


def file_of(number: int) -> bytes:
    """A CSV file of so many cameras, all over the world and without their towns."""
    draw = random.Random(0)
    lines = ["name,kind,url,interval,latitude,longitude"]
    for n in range(number):
        place = f"{draw.uniform(-60, 70):.5f},{draw.uniform(-180, 180):.5f}"
        url = f"https://c{n % 97}.example.org/cameras/{n}.jpg"
        lines.append(f"camera {n},snapshot,{url},60,{place}")
    return "\n".join(lines).encode()


def taken(work: Callable[[], object]) -> float:
    """Seconds of it."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def files(output: Output, folder: Path, gazetteer: Gazetteer, number: int, times: int) -> None:
    """Import, import again, export."""
    content = file_of(number)
    engine = open_database(folder / "x.sqlite")
    guard = EgressGuard()

    def bring() -> None:
        report = import_file(engine, guard, content, 1, "b", places=gazetteer)
        assert report.added + report.unchanged == number

    def empty() -> None:
        with engine.begin() as connection:
            connection.execute(delete(Camera))

    def plain() -> None:
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        with engine.begin() as connection:
            values = [
                row
                | {name: float(row[name]) for name in ("interval", "latitude", "longitude")}
                | {"last_label": ""}
                for row in rows
            ]
            connection.execute(insert(Camera), values)

    seconds: dict[str, list[float]] = {"plain": [], "import": [], "again": []}
    for _ in range(times):
        empty()
        seconds["plain"].append(taken(plain))
        empty()
        seconds["import"].append(taken(bring))
        seconds["again"].append(taken(bring))
    least = np.array(seconds["plain"])
    for name, words in (("import", "imported"), ("again", "imported again")):
        found = np.array(seconds[name])
        output.claim(
            Claim(
                f"{number} cameras are {words}, places completed, s; reading and inserting alone",
                float(np.median(found)), float(np.median(least)),
                float(np.median(found / least)), IMPORT, bool(found.max() <= IMPORT), times,
                (float(found.min()), float(found.max())),
            )
        )  # fmt: skip
    for form in FORMATS:

        def export(form: str = form) -> None:
            with engine.connect() as connection:
                exported(cameras.every(connection, Search()), form)

        found = np.array([taken(export) for _ in range(times)])
        output.claim(
            Claim(
                f"{number} cameras are exported as {form}, s", float(np.median(found)), EXPORT,
                None, EXPORT, bool(found.max() <= EXPORT), times,
                (float(found.min()), float(found.max())),
            )
        )  # fmt: skip
    engine.dispose()


def names(output: Output, gazetteer: Gazetteer, number: int) -> None:
    """A place by what is typed of it, right or cut short, with its country or without."""
    draw = random.Random(1)
    typed = ["Lafayette, Indiana", "Paris", "São Paulo", "münchen", "Saint", "san jo", "tok"]
    typed += [
        "New York",
        "usa",
        "Texas",
        "London, Canada",
        "Springfield illinois",
        "nowhere at all",
    ]
    found = np.array(
        [1000 * taken(lambda: gazetteer.find(draw.choice(typed))) for _ in range(number)]
    )
    high = float(np.quantile(found, 0.99))
    spread = interval(found, lambda rows, axis: np.quantile(rows, 0.99, axis=axis), draws=500)
    output.claim(
        Claim(
            "a place is found by its name, 99th percentile, ms (theirs: the median)", high,
            float(np.median(found)), None, PLACE, spread[1] <= PLACE, number, spread,
        )
    )  # fmt: skip


def main() -> None:
    """Measure what the page waits for."""
    options = arguments(__doc__.splitlines()[0])
    output = Output(options)
    with tempfile.TemporaryDirectory() as temporary:
        gazetteer = Gazetteer(Path(temporary))
        built = taken(lambda: gazetteer.find("Paris"))
        size = sum(file.stat().st_size for file in Path(temporary).iterdir()) / 1e6
        output.say(f"the list of places: {built:.1f} s to make, {size:.0f} MB")
        names(output, gazetteer, 50 if options.quick else 1000)
        number, times = (500, 1) if options.quick else (100_000, 3)
        files(output, Path(temporary), gazetteer, number, times)


if __name__ == "__main__":
    run(main)
