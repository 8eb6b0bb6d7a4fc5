"""Which stages and runs of a plan are finished, as their folders say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from counterpoise.errors import CheckpointError, DataError, NewerSchemaError
from counterpoise.experiments.run_folder import OUTPUTS, PREDICTOR, REPORT
from counterpoise.experiments.tasks import RunTask
from counterpoise.models.weights_files import sha256
from counterpoise.npz import open_tables
from counterpoise.records import PredictorRecord, RunRecord, StageRecord

DONE = "done.json"


def stage_done(folder: Path) -> StageRecord | None:
    """What a finished stage wrote last, or None when it is not finished.

    Raises:
        CheckpointError: the file is damaged, or a newer version wrote it.
    """
    return StageRecord.read_if_there(folder / DONE)


def unfinished(runs: Sequence[RunTask], out: Path) -> list[RunTask]:
    """Runs whose folder does not hold a final report of this very run, and what a report reads.

    Raises:
        NewerSchemaError: a newer version wrote one, which is not overwritten.
    """
    left = []
    for run in runs:
        try:
            report = RunRecord.read_if_there(out / run.folder / REPORT)
        except NewerSchemaError:
            raise
        except DataError:  # damaged: it is made again
            report = None
        ended = report is not None and report.status != "failed"
        own = report is not None and report.identity == run.identity
        if not (ended and own and _is_whole(out / run.folder)):
            left.append(run)
    return left


def outdated(runs: Sequence[RunTask], out: Path) -> list[RunTask]:
    """Runs whose folder holds a final report, but of other settings or versions."""
    found = []
    for run in unfinished(runs, out):
        try:
            report = RunRecord.read_if_there(out / run.folder / REPORT)
        except DataError:  # damaged; `unfinished` refuses what a newer version wrote
            continue
        if report is not None and report.status != "failed" and report.identity != run.identity:
            found.append(run)
    return found


def trained_again(number: int) -> str:
    """What is said of so many outdated runs, at least one.

    >>> trained_again(1)
    '1 finished run is of other settings or versions and is trained again'
    """
    runs, verb = ("run", "is") if number == 1 else ("runs", "are")
    return f"{number} finished {runs} {verb} of other settings or versions and {verb} trained again"


def discard_reports(runs: Sequence[RunTask], out: Path) -> None:
    """Remove the final reports of unfinished runs, such as those of an earlier question.

    What a run folder reports is then of the question that experiment.json holds, whenever the
    comparison is interrupted.
    """
    for run in unfinished(runs, out):
        (out / run.folder / REPORT).unlink(missing_ok=True)


def _is_whole(folder: Path) -> bool:
    """Whether nothing of a run's scores and predictor is damaged, as far as is cheap to see.

    A run that was accepted from a ledger has neither.
    """
    scores = folder / OUTPUTS
    try:
        if scores.exists():
            open_tables(scores, large=0)  # their headers, and the places that these name
        for path in (folder / PREDICTOR).rglob("predictor.json"):
            frozen = PredictorRecord.read(path).frozen
            if frozen is None or not frozen.weights:
                continue
            shared = frozen.file(path.parent)
            if shared is None or _digest(shared.resolve()) != frozen.weights_sha256:
                return False
    except NewerSchemaError:
        raise
    except (CheckpointError, DataError):
        return False
    return True


def _digest(path: Path) -> str:
    """Of a file that all runs share, computed once for as long as it stays as it is."""
    status = path.stat()
    return _digest_of(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=8)
def _digest_of(path: Path, changed: int, size: int) -> str:
    return sha256(path)
