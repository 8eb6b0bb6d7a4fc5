"""The ledger: one line for each finished run, committed, and accepted as finished."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.atomic import write_json, write_text
from counterpoise.errors import DataError, OutputError
from counterpoise.experiments.options import Question
from counterpoise.experiments.plan import Work
from counterpoise.experiments.tasks import Context, RunTask
from counterpoise.metrics import Evaluation

Entry = dict[str, Any]
_COPIED = (
    "identity", "method", "title", "split", "status", "error", "converged", "seconds",
    "evaluation_seconds", "updates", "probabilities", "stages", "lr", "control", "scores", "notes",
)  # fmt: skip


def read(path: Path | None) -> dict[str, Entry]:
    """Identity -> entry of every run in the ledger; empty when the file is not made yet.

    Raises:
        DataError: a line is no run, or the file cannot be read.
        OutputError: there is no folder to make the file in, or it cannot be written.
    """
    if path is None:
        return {}
    if path.is_dir() or not path.absolute().parent.is_dir():
        what = "it is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise OutputError(f"--ledger {path}: {what} (name a file in a folder that exists)")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise OutputError(f"--ledger {path}: no permission to write in {path.absolute().parent}")
    entries: dict[str, Entry] = {}
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except OSError as error:
        raise DataError(f"cannot read ledger {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"ledger {path} is not text; name a runs.jsonl") from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            entry: Entry = json.loads(line)
            entries[str(entry["identity"])] = entry
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"ledger {path}, line {number}: a line is the JSON of one run; got "
                f"{line[:40]!r} (delete the line)"
            ) from error
    return entries


def accept(question: Question, runs: Sequence[RunTask], context: Context) -> set[str]:
    """Write the folders of runs that the ledger holds; return their identities."""
    entries = read(question.ledger)
    accepted = set()
    for run in runs:
        entry = entries.get(run.identity)
        if entry is not None:
            write_json(context.out / run.folder / "report.json", entry)
            accepted.add(run.identity)
    return accepted


def append(question: Question, work: Work) -> None:
    """Add the runs that finished well and are not in the ledger yet."""
    if question.ledger is None:
        return
    entries = read(question.ledger)
    for run in work.runs:
        if run.identity not in entries:
            entry = _entry(question, run)
            if entry is not None:
                entries[run.identity] = entry
    lines = (
        json.dumps(entry, separators=(",", ":"), allow_nan=False) for entry in entries.values()
    )
    write_text(question.ledger, "".join(f"{line}\n" for line in lines))


def _entry(question: Question, run: RunTask) -> Entry | None:
    folder = question.out / run.folder
    report: Entry = json.loads((folder / "report.json").read_text("utf-8"))
    if report["status"] != "ok":
        return None
    entry = {key: report[key] for key in _COPIED if key in report}
    with np.load(folder / "outputs.npz", allow_pickle=False) as outputs:
        parts = {
            part: (outputs[f"{part}_scores"], outputs.get(f"{part}_probabilities"))
            for part in ("test", "validation")
        }
        before = outputs.get("test_before")
    with np.load(question.out / "splits" / f"{run.data_split}.npz", allow_pickle=False) as split:
        targets = {part: split[f"{part}_labels"] for part in parts}
        classes = len(split["counts"])
    evaluations = {
        part: Evaluation.from_scores(scores, targets[part], classes, probabilities=shares)
        for part, (scores, shares) in parts.items()
    }
    entry["values"] = evaluations["test"].values()
    entry["validation_values"] = evaluations["validation"].values()
    entry["confusion"] = evaluations["test"].cells.as_json()
    if before is not None:
        given = Evaluation.from_scores(before, targets["test"], classes, probabilities=before)
        entry["values_before"] = given.values(("nll", "ece"))
    entry["environment"] = json.loads((folder / "environment.json").read_text("utf-8"))
    return entry
