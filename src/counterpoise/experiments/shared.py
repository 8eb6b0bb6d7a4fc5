"""What several comparisons have in common: a later one takes the files of an earlier one.

A shelf is a folder of links, each named by the identity of a run, to the run's own folder. What is
taken is linked file by file, so either comparison may be deleted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from counterpoise.errors import DataError
from counterpoise.experiments.run_folder import OUTPUTS, PREDICTOR, REPORT
from counterpoise.experiments.tasks import RunTask
from counterpoise.records import PredictorRecord, RunRecord


def take(shelf: Path | None, runs: Sequence[RunTask], out: Path) -> int:
    """Fill the folders of those of `runs` that lie on the shelf; how many there were."""
    taken = 0
    for run in runs if shelf is not None and shelf.is_dir() else ():
        source = _place(shelf, run).resolve()
        target = out / run.folder
        if run.is_trial or source == target.resolve() or not _is_of(source, run):
            continue
        shutil.rmtree(target, ignore_errors=True)
        link_files(source, target)
        taken += 1
    return taken


def offer(shelf: Path | None, runs: Sequence[RunTask], out: Path) -> None:
    """Put runs that ended well on the shelf; where there are no links, nothing is shared."""
    if shelf is None:
        return
    shelf.mkdir(parents=True, exist_ok=True)
    for run in runs:
        folder, place = out / run.folder, _place(shelf, run)
        if run.is_trial or _is_of(place.resolve(), run) or not _is_of(folder, run):
            continue
        with suppress(OSError):
            place.unlink(missing_ok=True)
            place.symlink_to(os.path.relpath(folder.resolve(), shelf.resolve()))


def take_file(shelf: Path | None, target: Path) -> bool:
    """Make `target` the file of its name on the shelf; whether there was one."""
    if shelf is None or not (shelf / target.name).is_file():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    return _linked((shelf / target.name).resolve(), target)


def offer_file(shelf: Path | None, target: Path) -> None:
    """Put a file on the shelf."""
    if shelf is None:
        return
    shelf.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        _linked(target, shelf / target.name)


def link_files(source: Path, target: Path) -> None:
    """A folder once more, at another depth: shared weights are found from there.

    A run's report comes last, as it makes the run finished.
    """
    paths = sorted(p for p in source.rglob("*") if p.is_file())
    for path in sorted(paths, key=lambda path: path == source / REPORT):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "predictor.json":
            record = PredictorRecord.read(path)
            if record.frozen is not None and record.frozen.weights:
                weights = os.path.relpath(path.parent / record.frozen.weights, place.parent)
                frozen = record.frozen.model_copy(update={"weights": weights})
                record = record.model_copy(update={"frozen": frozen})
            place.write_text(record.text(), "utf-8")
            continue
        _linked(path, place)


def _linked(source: Path, target: Path) -> bool:
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
    return True


def _place(shelf: Path | None, run: RunTask) -> Path:
    assert shelf is not None, "asked before"
    return shelf / f"{run.identity}-{run.recipe.name}"


def _is_of(folder: Path, run: RunTask) -> bool:
    """Whether a folder holds this very run, as its method's, with all that a report reads."""
    try:
        record = RunRecord.read_if_there(folder / REPORT)
    except DataError:
        return False
    whole = (folder / OUTPUTS).is_file() and (folder / PREDICTOR).is_dir()
    if record is None or not whole or record.status != "ok" or record.split != run.split:
        return False
    return record.identity == run.identity and record.method == run.recipe.name
