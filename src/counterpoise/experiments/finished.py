"""Which stages and runs of a plan are finished, as their folders say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counterpoise.errors import DataError, NewerSchemaError
from counterpoise.experiments.tasks import RunTask
from counterpoise.records import RunRecord, StageRecord

DONE = "done.json"


def stage_done(folder: Path) -> StageRecord | None:
    """What a finished stage wrote last, or None when it is not finished.

    Raises:
        CheckpointError: the file is damaged, or a newer version wrote it.
    """
    return StageRecord.read_if_there(folder / DONE)


def unfinished(runs: Sequence[RunTask], out: Path) -> list[RunTask]:
    """Runs whose folder does not hold a final report of this very run.

    Raises:
        NewerSchemaError: a newer version wrote one, which is not overwritten.
    """
    left = []
    for run in runs:
        try:
            report = RunRecord.read_if_there(out / run.folder / "report.json")
        except NewerSchemaError:
            raise
        except DataError:  # damaged: it is made again
            report = None
        if report is None or report.identity != run.identity or report.status == "failed":
            left.append(run)
    return left
