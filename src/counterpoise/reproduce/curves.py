"""Accuracy on training and test samples after each round, where an entry has it recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from counterpoise.errors import DataError
from counterpoise.report import finished_runs
from counterpoise.report.plots.style import looks
from counterpoise.report.runs import Run
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.plan import Asked, cells, chosen_methods
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.grid import point_name

PANELS = 4  # cells at most
PARTS = ("training", "test")
Line = tuple[Sequence[float], Sequence[float]]  # updates, and the metric at them


def draw_curves(known: Known, asked: Asked, path: Path) -> bool:
    """Draw the entry's first metric over the updates; whether there was anything to draw.

    A run that was accepted from a ledger has no rounds, and is left out.
    """
    if known.entry.settings.get("train.record") != "rounds":
        return False
    found = [(cell, lines) for cell in cells(known, asked) if (lines := _lines(known, cell))]
    if not found:
        return False
    import matplotlib

    from counterpoise.report.plots.style import STYLE

    with matplotlib.rc_context(fname=STYLE):  # as the figures of a report
        _draw(known, asked, found[:PANELS], path)
    return True


def curve(runs: Sequence[Run], part: str, metric: str) -> Line | None:
    """Mean over the runs as far as all go; None where one has recorded nothing."""
    rows = []
    for run in runs:
        points = [
            (record.updates, getattr(evaluation, metric, None))
            for record in run.history
            if (evaluation := getattr(record, part)) is not None
        ]
        if not points or any(value is None for _, value in points):
            return None
        rows.append(points)
    length = min(map(len, rows), default=0)
    if not length:
        return None
    values = np.array([[value for _, value in row[:length]] for row in rows], dtype=np.float64)
    return [updates for updates, _ in rows[0][:length]], values.mean(axis=0).tolist()


def _lines(known: Known, cell: Cell) -> Mapping[tuple[str, str], Line]:
    try:
        runs = finished_runs(cell.out)
    except DataError:
        return {}
    found = {
        (method, part): curve(group, part, known.entry.metrics[0])
        for method, group in runs.items()
        for part in PARTS
    }
    return {key: line for key, line in found.items() if line is not None}


def _draw(
    known: Known,
    asked: Asked,
    found: Sequence[tuple[Cell, Mapping[tuple[str, str], Line]]],
    path: Path,
) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(found) + 2.2, 3.4))
    panels = figure.subplots(1, len(found), sharey=True, squeeze=False)[0]
    for axes, (cell, lines) in zip(panels, found, strict=True):
        for method, look in looks(chosen_methods(known, asked)).items():
            for part in PARTS:
                if (method, part) in lines:
                    label = f"{known.entry.methods[method]}, {part}"
                    axes.plot(
                        *lines[method, part], label=label, color=look["color"],
                        linestyle="-" if part == "test" else ":",
                    )  # fmt: skip
        axes.set_xlabel("updates")
        axes.set_title(point_name(cell.point) if cell.point else " ", fontsize=9)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel(known.entry.metrics[0].replace("_", " "))
    panels[-1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
