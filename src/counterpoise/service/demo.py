"""The demo: twelve emulated cameras around the world, and a small model of what they show."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.search import Search
from counterpoise.service.exporting import run_counterpoise
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System

MODEL = "digits"  # the folder of the exported model, whose name the pages show
SIDE = 160  # pixels of the demo's pictures of digits
INTERVAL = 2.0  # seconds between two frames of a camera
# (city, country, latitude, longitude, time zone, kind, what the emulator makes of it)
PLACES = (
    ("Lisbon", "Portugal", 38.7223, -9.1393, "Europe/Lisbon", "snapshot", "good"),
    ("Nairobi", "Kenya", -1.2921, 36.8219, "Africa/Nairobi", "snapshot", "good"),
    ("Osaka", "Japan", 34.6937, 135.5023, "Asia/Tokyo", "snapshot", "good"),
    ("Toronto", "Canada", 43.6532, -79.3832, "America/Toronto", "mjpeg", "good"),
    ("Santiago", "Chile", -33.4489, -70.6693, "America/Santiago", "mjpeg", "good"),
    ("Reykjavik", "Iceland", 64.1466, -21.9426, "Atlantic/Reykjavik", "snapshot", "slow"),
    ("Auckland", "New Zealand", -36.8509, 174.7645, "Pacific/Auckland", "snapshot", "unsteady"),
    ("Mumbai", "India", 19.0760, 72.8777, "Asia/Kolkata", "snapshot", "frozen"),
    ("Cairo", "Egypt", 30.0444, 31.2357, "Africa/Cairo", "snapshot", "dead"),
    ("Oslo", "Norway", 59.9139, 10.7522, "Europe/Oslo", "snapshot", "web-page"),
    ("Denver", "USA", 39.7392, -104.9903, "America/Denver", "snapshot", "endless"),
    ("Perth", "Australia", -31.9523, 115.8613, "Australia/Perth", "snapshot", "elsewhere"),
)
SAYS = {
    "good": "pier", "slow": "slow line", "unsteady": "loses power", "frozen": "stands still",
    "dead": "broken", "web-page": "sends a web page", "endless": "sends without end",
    "elsewhere": "sends us elsewhere",
}  # fmt: skip


def pictures(folder: Path) -> tuple[Path, Path]:
    """Handwritten digits of scikit-learn as JPEG files: a folder to train on, one to replay."""
    whole = folder / "pictures"
    if not whole.is_dir():
        with TemporaryDirectory(dir=folder) as aside:
            _write_digits(Path(aside))
            os.rename(aside, whole)
            os.mkdir(aside)  # which is then removed
    return whole / "train", whole / "replay"


def model(folder: Path, train: Path) -> Path:
    """The exported folder of a small model, trained if it is not there: under a minute.

    Raises:
        ArgumentError: training or exporting failed, with what was said.
    """
    out, exported = folder / "training", folder / MODEL
    if not (exported / "export.json").is_file():
        run_counterpoise(
            "compare", str(train), "--methods", "oversampling", "--seeds", "1", "--scratch",
            "--size", "16x16", "--rounds", "20", "--out", str(out),
        )  # fmt: skip
        (run,) = out.glob("runs/*/*/predictor")
        run_counterpoise("export", str(run.parent), "--out", str(exported), "--features")
    return exported


@contextmanager
def emulator(replay: Path) -> Iterator[str]:
    """The address of a server of cameras, a process of its own that ends with this one.

    Raises:
        ArgumentError: it does not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "counterpoise.service.emulator", str(replay)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the server, which then ends it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise ArgumentError(f"the emulator of cameras did not start; code {process.wait()}")
        yield address
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def place(address: str) -> tuple[str, int]:
    """Host and port of the emulator, which the guard lets through."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def add_cameras(system: System, address: str) -> None:
    """Put the demo's cameras on the map, at the port that the emulator has this time."""
    with system.engine.begin() as connection:
        found, _ = cameras.find(connection, Search())
        there = {row["name"]: row["id"] for row in found}
        for number, (city, country, latitude, longitude, zone, kind, fault) in enumerate(PLACES, 1):
            form = "snapshot" if kind == "snapshot" else "stream"
            fields = CameraFields(
                name=f"{city}, {SAYS[fault]}",
                kind=kind,
                url=f"{address}/{number}/{fault}/{form}",
                interval=INTERVAL,
                latitude=latitude,
                longitude=longitude,
                city=city,
                country=country,
                timezone=zone,
                source="the emulator of the demo",
                industry="demo",
            )
            if fields.name in there:
                cameras.change(connection, there[fields.name], fields, now(), "the demo")
            else:
                cameras.add(connection, fields, now(), "the demo")
    system.reassign()


def _write_digits(folder: Path) -> None:
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    for number, (image, label) in enumerate(zip(images.reshape(-1, 8, 8), labels, strict=True)):
        into = folder / ("train" if number % 3 else "replay") / f"digit {label}"
        into.mkdir(parents=True, exist_ok=True)
        grey = (255 - 255 / 16 * image).astype(np.uint8)
        large = Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        large.save(into / f"{number:04}.jpg", quality=90)
