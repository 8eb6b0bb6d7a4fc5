"""What a search tried: a map over two settings, curves along a line of settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.metrics.names import TITLES
from counterpoise.records import GridPart, PointPart, SearchPart
from counterpoise.report.number_format import shorter
from counterpoise.report.plots.style import COLOURS, shorten
from counterpoise.report.results import Results
from counterpoise.report.searches import is_table, table_rows, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


NUMBERED = 80  # cells whose values fit
TURNED = 6.0  # mean length of tick names, from which they stand upright


def search_grid(results: Results, search: SearchPart) -> Figure:
    """One panel for each grid of the search, the chosen point marked in all that have it."""
    from matplotlib.figure import Figure

    number = len(search.grids)
    figure = Figure(figsize=(4.7 * number + (0.4 if number == 1 else 0.0), 3.9))
    panels = figure.subplots(1, number, squeeze=False)
    for axes, grid in zip(panels.flat, search.grids, strict=True):
        if is_table(grid):
            _map(axes, grid, search)
        else:
            _curves(axes, grid, search, results)
        axes.set_title(grid.title)
    return figure


def _map(axes: Axes, grid: GridPart, search: SearchPart) -> None:
    across, up = grid.values
    rows = table_rows(grid)
    values = np.array([[_value(point, search.select) for point in row] for _, row in rows])
    image = axes.imshow(np.ma.masked_invalid(values), cmap="Blues", aspect="auto", origin="lower")
    axes.grid(visible=False)
    axes.set_xticks(range(values.shape[1]), [written(v) for v in grid.values[across]])
    axes.set_yticks(range(values.shape[0]), [written(v) for v in grid.values[up]])
    axes.tick_params(length=0)
    axes.set(xlabel=across, ylabel=up)
    low, high = image.get_clim() if np.isfinite(values).any() else (0.0, 1.0)
    for (i, row), points in zip(enumerate(values), (p for _, p in rows), strict=True):
        for j, value in enumerate(row):
            dark = np.isfinite(value) and value > low + 0.6 * (high - low)
            text = shorter(float(value)) if np.isfinite(value) else points[j].status
            if values.size <= NUMBERED:
                axes.text(
                    j, i, text, ha="center", va="center", color="white" if dark else "#222222"
                )
            if points[j].settings == search.chosen:
                axes.add_patch(_frame(j, i))
    assert axes.figure is not None
    axes.figure.colorbar(image, ax=axes, label=f"{_part(search)} {TITLES[search.select]}")


def _curves(axes: Axes, grid: GridPart, search: SearchPart, results: Results) -> None:
    first = next(iter(grid.values))
    names = [point.settings[first] for point in grid.points]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in names)
    distinct = len(set(map(str, names))) == len(names)
    place: Any = np.array(names, dtype=float) if numeric and distinct else np.arange(len(names))
    lines = [(TITLES[search.select], [_value(p, search.select) for p in grid.points])]
    if all(len(p.recall) == len(results.experiment.classes) for p in grid.points if p.values):
        order = ClassCounts(results.experiment.counts).head_to_tail
        for k, which in ((order[-1], "rarest"), (order[0], "most frequent")):
            name = f"recall of {shorten(results.experiment.classes[k])} ({which})"
            lines.append((name, [_recall(point, k) for point in grid.points]))
    for (name, values), colour, dash in zip(
        lines, COLOURS, ("-", (0, (5, 1.5)), (0, (1.5, 1.2))), strict=False
    ):
        axes.plot(place, values, color=colour, linestyle=dash, marker="o", markersize=4, label=name)
    for where, point in zip(place, grid.points, strict=True):
        if point.settings == search.chosen:
            axes.axvline(where, color="#222222", linewidth=0.9, zorder=1, label="chosen")
    if not (numeric and distinct):
        ticks = [", ".join(written(v) for v in p.settings.values()) for p in grid.points]
        upright = float(np.mean([len(tick) for tick in ticks])) > TURNED
        axes.set_xticks(place, ticks, rotation=90 if upright else 0)
    axes.set(xlabel=first, ylabel=f"on {_part(search)}")
    axes.legend(fontsize=8, loc="best")


def _part(search: SearchPart) -> str:
    """Which samples chose."""
    return "test (optimistic)" if search.select_on == "test" else "validation"


def _frame(x: float, y: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, fill=False, edgecolor="#D55E00", linewidth=2)


def _value(point: PointPart, select: str) -> float:
    value = point.values.get(select)
    return float("nan") if value is None else value


def _recall(point: PointPart, k: int) -> float:
    value = point.recall[k] if point.recall else None
    return float("nan") if value is None else value
