"""Copies of exported models in the server's folder, by digest: what a roll-back goes back to."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from counterpoise.atomic import ASIDE, write_folder
from counterpoise.errors import ArgumentError, CheckpointError, CounterpoiseError, OutputError
from counterpoise.predict import ExportedModel
from counterpoise.predict.exported_model import DESCRIPTION, MODEL, digests_of
from counterpoise.records import ExportRecord

FOLDER = "models"  # in the server's folder
FILES = (MODEL, DESCRIPTION)
DIGEST = re.compile(r"[0-9a-f]{64}")
PROCESS = "counterpoise.service.promotion.trial"
LONGEST = 120.0  # seconds of a trial
FULL = (errno.ENOSPC, errno.EDQUOT)
GONE = (errno.ENOENT, errno.ENOTDIR)
SETTLED = 3600.0  # seconds after which a copy that nothing needs is none that is being added


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
    if is_kept(folder, digest):
        with suppress(OSError):
            os.utime(there)  # so that `tidy` knows that somebody is about to need it
        return there
    files = {}
    for name in FILES:
        try:
            files[name] = (exported / name).read_bytes()
        except OSError as error:
            raise CheckpointError(f"cannot read {exported / name}: {error.strerror}") from None
    try:
        write_folder(there, files)
        found = ExportedModel.load(there)
        share_graph(folder, there, files[MODEL])
    except OSError as error:
        raise not_written(there, error) from None
    if digest not in found.digests:
        shutil.rmtree(there, ignore_errors=True)
        raise CheckpointError(f"{exported} was changed while it was copied; try again")
    return there


def is_kept(folder: Path, digest: str) -> bool:
    """Whether there is a copy of a model, damaged or not."""
    return (place(folder, digest) / DESCRIPTION).is_file()


def not_written(there: Path, error: OSError) -> OutputError:
    """What an operator is told of a copy that could not be written, which may be later."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if cause.errno in FULL:
        what = "the disk is full (free some space there, or have another folder: --folder)"
    else:
        what = f"{cause.strerror or cause}"
    return OutputError(f"no copy of model {there.name[:12]} is written to {there.parent}: {what}")


def is_of_the_disk(error: CounterpoiseError) -> bool:
    """Whether a copy that could not be loaded is there, and may be whole: it cannot be read now."""
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno not in GONE


def share_graph(folder: Path, there: Path, content: bytes) -> None:
    """Have a copy share the file of its graph with another that has the same one.

    So a correction of the prior, which is a model with the graph of another, takes no room. Where
    the file system has no links, each has its own.
    """
    aside = there / f"{secrets.token_hex(8)}.{MODEL}{ASIDE}"
    for other in (folder / FOLDER).glob(f"*/{MODEL}"):
        with suppress(OSError):
            if other.parent == there or other.stat().st_size != len(content):
                continue
            if other.read_bytes() != content:
                continue
            try:
                os.link(other, aside)
                os.replace(aside, there / MODEL)
            finally:
                aside.unlink(missing_ok=True)  # it stays where both are one file already
            return


def tidy(folder: Path, needed: Collection[str]) -> None:
    """Remove copies of models that nothing needs, but not those that may be added right now."""
    for there in (folder / FOLDER).glob("*"):
        with suppress(OSError):
            is_left = there.name.endswith(ASIDE) or DIGEST.fullmatch(there.name)
            is_old = time.time() - there.stat().st_mtime > SETTLED
            if is_left and is_old and there.name not in needed:
                shutil.rmtree(there, ignore_errors=True)


def kept(folder: Path, digest: str) -> ExportedModel:
    """The copy of a model.

    Raises:
        CheckpointError: it is not there, or damaged.
    """
    found = ExportedModel.load(place(folder, digest))
    if digest not in found.digests:
        raise CheckpointError(f"{place(folder, digest)} holds another model than its name says")
    found.call(digest)
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
    return found if digest in digests_of(described, found[MODEL]) else None


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
