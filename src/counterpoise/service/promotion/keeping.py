"""Copies of exported models in the server's folder, by digest: what a roll-back goes back to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from counterpoise.atomic import write_folder
from counterpoise.errors import ArgumentError, CheckpointError, CounterpoiseError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.predict.exported_model import DESCRIPTION, MODEL, digest_of
from counterpoise.records import ExportRecord

FOLDER = "models"  # in the server's folder
FILES = (MODEL, DESCRIPTION)
DIGEST = re.compile(r"[0-9a-f]{64}")
PROCESS = "counterpoise.service.promotion.trial"
LONGEST = 120.0  # seconds of a trial


@dataclass(frozen=True)
class Tried:
    """A model that was tried: itself, and milliseconds of a sample, its own and another's."""

    model: ExportedModel
    milliseconds: float | None
    running_milliseconds: float | None


def place(folder: Path, digest: str) -> Path:
    """Where the copy of a model is."""
    return folder / FOLDER / digest


def keep(folder: Path, exported: Path, digest: str) -> Path:
    """Copy an exported model into the server's folder, whole or not at all.

    Raises:
        CheckpointError: a file is missing, or is not the one of that digest.
        OutputError: it cannot be written.
    """
    there = place(folder, digest)
    if (there / DESCRIPTION).is_file():
        return there
    files = {}
    for name in FILES:
        try:
            files[name] = (exported / name).read_bytes()
        except OSError as error:
            raise CheckpointError(f"cannot read {exported / name}: {error.strerror}") from None
    there.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_folder(there, files)
        found = ExportedModel.load(there)
    except OSError as error:
        raise OutputError(f"cannot write {there}: {error.strerror or error}") from None
    if found.digest != digest:
        shutil.rmtree(there, ignore_errors=True)
        raise CheckpointError(f"{exported} was changed while it was copied; try again")
    return there


def kept(folder: Path, digest: str) -> ExportedModel:
    """The copy of a model.

    Raises:
        CheckpointError: it is not there, or damaged.
    """
    found = ExportedModel.load(place(folder, digest))
    if found.digest != digest:
        raise CheckpointError(f"{place(folder, digest)} holds another model than its name says")
    return found


def content_of(folder: Path, digest: str) -> dict[str, bytes] | None:
    """The files of a model's copy; None where there is none that is whole."""
    if not DIGEST.fullmatch(digest):
        return None
    there = place(folder, digest)
    try:
        found = {name: (there / name).read_bytes() for name in FILES}
        described = ExportRecord.read(there / DESCRIPTION)
    except (CounterpoiseError, OSError):
        return None
    return found if digest_of(described, found[MODEL]) == digest else None


def drop(folder: Path, digest: str) -> None:
    """Remove the copy of a model."""
    shutil.rmtree(place(folder, digest), ignore_errors=True)


def tried(exported: Path, running: Path | None) -> Tried:
    """Load and try an exported model, first in a process of its own.

    Args:
        exported: its folder.
        running: folder of the model whose speed is measured beside; None for none.

    Raises:
        ArgumentError: it cannot be run, and why.
    """
    if not (exported / DESCRIPTION).is_file():
        raise ArgumentError(
            f"{exported} is no exported model: it has no {DESCRIPTION} (counterpoise export RUN "
            "makes one)"
        )
    others = [] if running is None else [str(running)]
    command = [sys.executable, "-m", PROCESS, str(exported), *others]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            check=False, timeout=LONGEST,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ArgumentError(
            f"{exported} cannot be run: it gave no answer within {LONGEST:.0f} seconds"
        ) from None
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or [
            f"its process ended with status {done.returncode}"
        ]
        raise ArgumentError(f"{exported} cannot be run: {said[-1][:500]}")
    times = json.loads(done.stdout)
    return Tried(ExportedModel.load(exported), times[0], times[1] if len(times) > 1 else None)
