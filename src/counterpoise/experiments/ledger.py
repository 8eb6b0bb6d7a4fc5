"""The ledger: one line for each finished run, committed, and accepted as finished."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from counterpoise.atomic import write_text
from counterpoise.errors import DataError, OutputError
from counterpoise.experiments.plan import Work
from counterpoise.experiments.run_folder import ENVIRONMENT, OUTPUTS, REPORT
from counterpoise.experiments.split_files import read_split
from counterpoise.experiments.tasks import RunTask
from counterpoise.metrics import Evaluation
from counterpoise.metrics.names import REVISIONS
from counterpoise.records import EnvironmentRecord, LedgerRecord, RunRecord


@dataclass(frozen=True)
class Entry:
    """A line of a ledger, kept as it is written there."""

    line: str
    record: LedgerRecord


def read(path: Path | None, name: str = "--ledger") -> dict[str, Entry]:
    """Identity -> entry of every run in the ledger; empty when the file is not made yet.

    Raises:
        DataError: a line is no run, a newer version wrote it, or the file cannot be read.
        OutputError: there is no folder to make the file in, or it cannot be written.
    """
    if path is None:
        return {}
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise OutputError(f"{name} {path}: {what} (name a file in a folder that exists)")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise OutputError(f"{name} {path}: no permission to write in {path.absolute().parent}")
    entries: dict[str, Entry] = {}
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except OSError as error:
        raise DataError(f"cannot read ledger {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"ledger {path} is not text; name a runs.jsonl") from error
    for number, line in enumerate(text.splitlines(), start=1):
        record = LedgerRecord.parse(line, f"ledger {path}, line {number}")
        entries[record.identity] = Entry(line, record)
    return entries


def accept(path: Path | None, runs: Sequence[RunTask], out: Path) -> set[str]:
    """Write the folders of runs that the ledger holds; return their identities."""
    entries = read(path)
    accepted = set()
    for run in runs:
        entry = entries.get(run.identity)
        if entry is not None:
            write_text(out / run.folder / REPORT, entry.record.text())
            accepted.add(run.identity)
    return accepted


def append(path: Path | None, work: Work, out: Path) -> None:
    """Add the runs that finished well and are not in the ledger yet."""
    if path is None:
        return
    with _alone(path):
        lines = {identity: f"{entry.line}\n" for identity, entry in read(path).items()}
        for run in work.runs:
            if run.identity not in lines:
                record = _record(run, out)
                if record is not None:
                    lines[run.identity] = record.line()
        write_text(path, "".join(lines.values()))


def add(path: Path | None, run: RunTask, out: Path) -> None:
    """Add one run that has just finished well, so that it is kept whatever ends the others.

    The file is not parsed, which takes seconds where it holds thousands: `append` does that.
    """
    if path is None:
        return
    with _alone(path):
        text = path.read_text("utf-8") if path.exists() else ""
        record = None if f'"identity":"{run.identity}"' in text else _record(run, out)
        if record is not None:
            whole = text if not text or text.endswith("\n") else f"{text}\n"
            write_text(path, f"{whole}{record.line()}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait for other processes that add to a ledger in the same folder: none loses a line.

    The folder is locked, as the file is replaced; where folders cannot be locked, nobody waits.
    """
    try:
        folder = os.open(path.absolute().parent, os.O_RDONLY)
    except OSError:  # `read` says what is wrong with it
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _record(run: RunTask, out: Path) -> LedgerRecord | None:
    folder = out / run.folder
    report = RunRecord.read_if_there(folder / REPORT)
    if report is None or report.status != "ok":
        return None
    with np.load(folder / OUTPUTS, allow_pickle=False) as outputs:
        parts = {
            part: (outputs[f"{part}_scores"], outputs.get(f"{part}_probabilities"))
            for part in ("test", "validation")
            if f"{part}_scores" in outputs
        }
        before = outputs.get("test_before")
    split = read_split(out / "splits", run.data_split)
    targets = {part: split[f"{part}_labels"] for part in parts}
    classes = len(split["counts"])
    evaluations = {
        part: Evaluation.from_scores(scores, targets[part], classes, probabilities=shares)
        for part, (scores, shares) in parts.items()
    }
    validation = evaluations.get("validation")
    numbers: dict[str, object] = {
        "values": evaluations["test"].values(),
        "validation_values": validation.values() if validation is not None else {},
        "revisions": REVISIONS,
        "confusion": evaluations["test"].cells.as_json(),
    }
    if before is not None:
        given = Evaluation.from_scores(before, targets["test"], classes, probabilities=before)
        numbers["values_before"] = given.values(("nll", "ece"))
    numbers["environment"] = EnvironmentRecord.read(folder / ENVIRONMENT).as_json()
    return LedgerRecord.model_validate({**report.as_json(), **numbers})
