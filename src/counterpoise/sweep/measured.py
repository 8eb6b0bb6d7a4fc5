"""What a finished comparison measured: method -> metric -> one value a repeat, and intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from counterpoise.errors import DataError
from counterpoise.records import ExperimentRecord, ReportRecord
from counterpoise.report import finished_runs
from counterpoise.report.read_runs import read_experiment
from counterpoise.report.runs import Run
from counterpoise.report.unfinished import finished_part
from counterpoise.sweep.grid import Point

Values = tuple[float, ...]
Key = tuple[str, str]  # method and metric
Interval = tuple[float, float]
Column = Callable[[Sequence[Run], str, ExperimentRecord], Values]
REPORT = "report.json"


@dataclass(frozen=True)
class Measured:
    """A cell, as far as it is finished.

    Args:
        point: of the grid.
        values: (method, metric) -> one for each seed, in their order; NaN where it is undefined.
        splits: names of the seeds.
        warnings: of the comparison's report, and runs that failed.
        intervals: of means, as the comparison's report has them.
        gains: of differences to the baseline, with their intervals, likewise.
        best: the method that is best on validation; empty where none is.
        counts: training samples by class, mean over the splits.
        unfinished: runs that are still to do.
        reason: why it is not run; empty where it is, or waits.
        failed: methods of which a run failed.
    """

    point: Point
    values: Mapping[Key, Values] = field(default_factory=dict)
    splits: Sequence[str] = ()
    warnings: Sequence[str] = ()
    intervals: Mapping[Key, Interval] = field(default_factory=dict)
    gains: Mapping[Key, tuple[float, Interval]] = field(default_factory=dict)
    best: str = ""
    counts: Sequence[int] = ()
    unfinished: int = 0
    reason: str = ""
    failed: Sequence[str] = ()

    def mean(self, method: str, metric: str) -> float:
        """Over the seeds; NaN where there is none, or one of them is undefined."""
        values = self.values.get((method, metric), ())
        return float(np.mean(values)) if values else math.nan


def plain(runs: Sequence[Run], metric: str, experiment: ExperimentRecord) -> Values:
    """A metric of each run, NaN where it is undefined."""
    found = [run.values.get(metric) for run in runs]
    return tuple(math.nan if value is None else value for value in found)


def measure(point: Point, out: Path, metrics: Sequence[str], column: Column = plain) -> Measured:
    """Read a comparison's folder; without a finished run it has no values.

    Args:
        point: the cell that it is.
        out: its folder.
        metrics: names.
        column: the values of runs by one of these names.
    """
    try:
        runs = finished_runs(out)
    except DataError:
        return Measured(point)
    experiment = read_experiment(out)
    values = {
        (method, metric): column(group, metric, experiment)
        for method, group in runs.items()
        for metric in metrics
    }
    ended = {
        method: next((run.status for run in group if run.status != "ok"), "ok")
        for method, group in runs.items()
    }
    found = Measured(
        point,
        values,
        next((tuple(run.split for run in group) for group in runs.values()), ()),
        tuple(f"{method}: {status}" for method, status in ended.items() if status != "ok"),
        failed=tuple(method for method, status in ended.items() if status == "failed"),
    )
    try:
        report = ReportRecord.read(out / REPORT)
    except DataError:  # it was ended before its report
        return replace(found, unfinished=len(finished_part(out, experiment).missing))
    if tuple(report.splits) != found.splits:  # of an earlier start, with other repeats
        return replace(found, unfinished=len(finished_part(out, experiment).missing))
    parts = {part.name: part for part in report.methods if part.status == "ok"}
    intervals, gains = dict[Key, Interval](), dict[Key, tuple[float, Interval]]()
    for method, metric in values:
        part = parts.get(method)
        estimate = None if part is None else part.metrics.get(metric)
        if estimate is not None and estimate.interval is not None:
            intervals[method, metric] = estimate.interval
        gain = None if part is None else (part.vs_baseline or {}).get(metric)
        if gain is not None and gain.difference is not None and gain.interval is not None:
            gains[method, metric] = (gain.difference, gain.interval)
    return replace(
        found,
        warnings=(*found.warnings, *report.warnings),
        intervals=intervals,
        gains=gains,
        best=report.best or "",
        counts=report.counts,
        unfinished=len(report.unfinished),
    )
