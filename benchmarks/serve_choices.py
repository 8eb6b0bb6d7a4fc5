"""How long the values of the map's filters take to find: by indexes, and by scans of all cameras.

In pairs, on one database of 100 000 cameras; also what the indexes cost the recorder, which sets
the last class of a camera with each result.
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import Claim, Output, common, interval, parser, run
from sqlalchemy import Connection, insert, select, text

from counterpoise.service.database.choices import choices
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.tables import CHOSEN, Camera

BAR = 0.05  # of the time of the scans


def scanned(connection: Connection) -> dict[str, list[str]]:
    """The same by a DISTINCT of each column, as it was."""
    found = {}
    for name in CHOSEN:
        column = getattr(Camera, name)
        values = connection.scalars(select(column).distinct().order_by(column))
        found["label" if name == "last_label" else name] = [value for value in values if value]
    return found


def main() -> None:
    """Pairs of both ways, and of updates with the indexes and without."""
    options = common(parser(__doc__ or "").parse_args())
    output = Output(options)
    pairs, number = (3, 5_000) if options.quick else (15, 100_000)
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder, "x.sqlite"))
        rows = [
            {"name": f"camera {n}", "kind": draw.choice(("snapshot", "mjpeg", "hls", "rtsp")),
             "url": f"https://cameras.example.org/{n}.jpg", "interval": 4, "city": "x" * 12,
             "health": draw.choice(("live", "offline", "degraded")), "attribution": "y" * 80,
             "industry": draw.choice(("", "bank", "school")), "source": f"source {n % 40}",
             "brand": draw.choice(("", "", "A 1", "B 2")), "last_label": f"class {n % 10}"}
            for n in range(number)
        ]  # fmt: skip
        with engine.begin() as connection:
            connection.execute(insert(Camera), rows)
        times: dict[str, list[float]] = {"ours": [], "theirs": [], "with": [], "without": []}
        with engine.connect() as connection:
            assert choices(connection) == scanned(connection)
            for _ in range(pairs):
                for name, find in (("ours", choices), ("theirs", scanned)):
                    begun = time.perf_counter()
                    find(connection)
                    times[name].append(time.perf_counter() - begun)
        updated = [{"number": draw.randint(1, number), "label": "class 3"} for _ in range(2000)]
        one = text("UPDATE cameras SET last_label = :label, last_frame = 1 WHERE id = :number")
        for _ in range(pairs):
            for name in ("with", "without"):
                with engine.connect() as connection:
                    if name == "without":
                        connection.exec_driver_sql("BEGIN")
                        connection.exec_driver_sql("DROP INDEX cameras_choice_last_label")
                    begun = time.perf_counter()
                    connection.execute(one, updated)
                    times[name].append(time.perf_counter() - begun)
                    connection.rollback()
        engine.dispose()
    ours, theirs = (1000 * np.array(times[name]) for name in ("ours", "theirs"))
    low, high = interval(ours / theirs)
    output.claim(
        Claim(
            f"values of seven filters of {number} cameras: ms by indexes, and by scans",
            ours=float(np.median(ours)), theirs=float(np.median(theirs)),
            ratio=float(np.median(ours / theirs)), bar=BAR, holds=high <= BAR, n=pairs,
            spread=(low, high),
        )
    )  # fmt: skip
    with_, without = (1e6 * np.array(times[name]) / 2000 for name in ("with", "without"))
    output.say(
        f"a camera's last class set: {np.median(with_):.1f} microseconds with its index, "
        f"{np.median(without):.1f} without"
    )


if __name__ == "__main__":
    run(main)
