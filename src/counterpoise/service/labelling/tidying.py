"""What retrainings leave behind is removed: their pictures at once, weights with the model."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from counterpoise.errors import CounterpoiseError
from counterpoise.predict.exported_model import DESCRIPTION, MODEL
from counterpoise.records import ExportRecord
from counterpoise.service.promotion.keeping import FOLDER as MODELS

DATA = ("pictures", "labels.csv", "labels.npz")  # copies of what the store has
MADE = ("out", "onnx")  # from which a further retraining takes its weights
LOGS = 20  # retrainings whose logs are kept, as many as the page lists


def tidy(folder: Path, server: Path, running: int | None) -> None:
    """Remove what no page and no further retraining needs.

    Copies of pictures go as soon as a training is over, so that they outlive nothing that retention
    or a person removes. What it made stays as long as the server has a copy of its model.

    Args:
        folder: of the retrainings, one folder each, named by its number.
        server: its folder.
        running: number of the one that runs, which is left alone.
    """
    if not folder.is_dir():
        return
    known = _graphs(server)
    numbers = sorted((int(p.name) for p in folder.iterdir() if p.name.isdecimal()), reverse=True)
    for place, number in enumerate(numbers):
        if number == running:
            continue
        one = folder / str(number)
        for name in DATA:
            _remove(one / name)
        if _graph(one / "onnx" / MODEL) in known:
            continue
        for name in MADE:
            _remove(one / name)
        if place >= LOGS:
            _remove(one)


def _graphs(server: Path) -> set[str]:
    """Digests of the graphs of the models that the server has copies of."""
    found = set()
    for file in (server / MODELS).glob(f"*/{DESCRIPTION}"):
        with suppress(CounterpoiseError, KeyError):
            found.add(ExportRecord.read(file).files[MODEL].sha256)
    return found


def _graph(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


def _remove(path: Path) -> None:
    """A file or a folder; what cannot be removed now is removed the next time."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
