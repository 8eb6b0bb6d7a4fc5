"""Which stages and runs of a plan are finished, as their folders say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from counterpoise.errors import CheckpointError
from counterpoise.experiments.tasks import RunTask


def stage_done(folder: Path) -> dict[str, Any] | None:
    """What a finished stage wrote last, or None when it is not finished.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = folder / "done.json"
    try:
        done: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise CheckpointError(f"{path} is damaged: {error} (delete it)") from error
    return done


def unfinished(runs: Sequence[RunTask], out: Path) -> list[RunTask]:
    """Runs whose folder does not hold a final report of this very run."""
    left = []
    for run in runs:
        try:
            report = json.loads((out / run.folder / "report.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            report = {}
        if report.get("identity") != run.identity or report.get("status") == "failed":
            left.append(run)
    return left
