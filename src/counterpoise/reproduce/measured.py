"""What the finished comparisons of an entry measured: method -> metric -> one value a repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from counterpoise.errors import DataError
from counterpoise.records import ReportRecord
from counterpoise.report import finished_runs
from counterpoise.report.read_runs import read_experiment
from counterpoise.reproduce.columns import values as column
from counterpoise.reproduce.paper import Point
from counterpoise.reproduce.plan import Cell

Values = tuple[float, ...]
REPORT = "report.json"


@dataclass(frozen=True)
class Measured:
    """A cell, as far as it is finished.

    Args:
        point: of the grid.
        values: (method, metric) -> one for each seed, in their order; NaN where it is undefined.
        splits: names of the seeds.
        warnings: of the comparison's report, and runs that failed.
    """

    point: Point
    values: Mapping[tuple[str, str], Values] = field(default_factory=dict)
    splits: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def mean(self, method: str, metric: str) -> float:
        """Over the seeds; NaN where there is none, or one of them is undefined."""
        values = self.values.get((method, metric), ())
        return float(np.mean(values)) if values else math.nan


def measure(cell: Cell, metrics: Sequence[str]) -> Measured:
    """Read a cell's folder; without a finished run it has no values."""
    try:
        runs = finished_runs(cell.out)
    except DataError:
        return Measured(cell.point)
    experiment = read_experiment(cell.out)
    values = {
        (method, metric): column(group, metric, experiment)
        for method, group in runs.items()
        for metric in metrics
    }
    failed = [
        f"{method}: {run.status}"
        for method, group in runs.items()
        for run in [next((run for run in group if run.status != "ok"), None)]
        if run is not None
    ]
    splits = next(([run.split for run in group] for group in runs.values()), [])
    return Measured(cell.point, values, tuple(splits), (*failed, *_warnings(cell)))


def _warnings(cell: Cell) -> tuple[str, ...]:
    """Of the report of the comparison, as it was written last."""
    try:
        return tuple(ReportRecord.read(cell.out / REPORT).warnings)
    except DataError:
        return ()
