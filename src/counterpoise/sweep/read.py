"""A sweep whose folder is there: its report is made again, without training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from counterpoise.metrics.names import EXPECTED_COST, metrics_of
from counterpoise.records import SweepRecord
from counterpoise.sweep.measured import measure
from counterpoise.sweep.results import FILE, Sweep


def read(folder: Path) -> Sweep:
    """What is finished in a sweep's folder.

    Raises:
        DataError: it holds none, or a damaged one.
    """
    record = SweepRecord.read(folder / FILE)
    keys = {metric for cell in record.cells for found in cell.methods.values() for metric in found}
    metrics = tuple(metrics_of(with_costs=EXPECTED_COST in keys | {record.select}))
    cells = []
    for part in record.cells:
        found = measure(part.point, folder / part.folder, metrics)
        cells.append(found if found.values else replace(found, reason=part.reason))
    return Sweep(
        dataset=record.dataset,
        axes=record.axes,
        methods=record.methods,
        metrics=metrics,
        select=record.select,
        command=record.command,
        question=record.question,
        cells=tuple(cells),
        folder=folder,
    )
