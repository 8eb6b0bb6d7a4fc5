"""What the finished comparisons of an entry measured: method -> metric -> one value a repeat."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from counterpoise.errors import DataError
from counterpoise.report import Report, collect
from counterpoise.report.runs import Run
from counterpoise.reproduce.paper import RECALL, Point
from counterpoise.reproduce.plan import Cell

Values = tuple[float, ...]


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
        report = collect(cell.out)
    except DataError:
        return Measured(cell.point)
    values = {
        (method, metric): tuple(_value(run, metric, report) for run in runs)
        for method, runs in report.runs.items()
        for metric in metrics
    }
    failed = [f"{m.name}: {m.status}" for m in report.methods if m.status != "ok"]
    return Measured(cell.point, values, report.experiment.splits, (*failed, *report.warnings))


def _value(run: Run, metric: str, report: Report) -> float:
    if metric.startswith(RECALL):
        classes = list(report.experiment.classes)
        wanted = metric.removeprefix(RECALL)
        if run.test is None or wanted not in classes:
            return math.nan
        return float(run.test.recall[classes.index(wanted)])
    value = run.values.get(metric)
    return math.nan if value is None else value
