"""Curves of a metric along one axis of a grid, with the intervals of its points."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.metrics.names import TITLES
from counterpoise.report.plots.style import looks
from counterpoise.sweep.grid import Coordinate, Number, Point, in_order, written
from counterpoise.sweep.measured import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS, COLUMNS = 12, 3
LOGARITHMIC = 10.0  # ratio of the ends of an axis from which it is
SHIFT = 0.006  # of an axis: bars of several methods beside each other, not on each other
Rest = tuple[tuple[str, Coordinate], ...]
Printed = Mapping[str, Sequence[tuple[Point, float]]]  # method -> points that a paper prints


def number_axes(measured: Sequence[Measured]) -> list[str]:
    """Axes of numbers with two values at least that were run, the longest first."""
    done = [cell for cell in measured if cell.values]
    values = {a: {c.point[a] for c in done} for a in (done[0].point if done else ())}
    found = [
        axis
        for axis, own in values.items()
        if len(own) > 1 and all(isinstance(value, int | float) for value in own)
    ]
    return sorted(found, key=lambda axis: -len(values[axis]))


def draw_along(
    along: str,
    measured: Sequence[Measured],
    labels: Mapping[str, str],
    metric: str,
    path: Path,
    printed: Printed | None = None,
    title: str = "",
) -> int:
    """Draw a metric along an axis of numbers; how many panels there was no room for.

    The other axes are panels. Bars are the intervals of the comparisons' reports.

    Args:
        along: the horizontal axis.
        measured: cells of one grid.
        labels: method -> its name in the legend.
        metric: of the vertical axis.
        path: of an SVG file.
        printed: drawn as crosses.
        title: what the metric is called; by its name, where it is left out.
    """
    import matplotlib

    from counterpoise.report.plots.style import STYLE

    done = [cell for cell in measured if cell.values]
    others = sorted({_rest(cell.point, along) for cell in done}, key=_order)
    with matplotlib.rc_context(fname=STYLE):  # as the figures of a report
        _draw(along, done, others[:MOST_PANELS], labels, metric, path, printed or {}, title)
    return max(0, len(others) - MOST_PANELS)


def _draw(
    along: str,
    done: Sequence[Measured],
    others: Sequence[Rest],
    labels: Mapping[str, str],
    metric: str,
    path: Path,
    printed: Printed,
    title: str,
) -> None:
    from matplotlib.figure import Figure

    values = sorted({_number(cell.point[along]) for cell in done})
    logarithmic = values[0] > 0 and values[-1] / values[0] >= LOGARITHMIC
    columns = min(COLUMNS, len(others))
    rows = -(-len(others) // columns)
    figure = Figure(figsize=(3.6 * columns + 1.9, 2.9 * rows + 0.4))
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False).flat
    for axes, rest in zip(panels, others, strict=False):
        here = sorted(
            (cell for cell in done if _rest(cell.point, along) == rest),
            key=lambda cell: _number(cell.point[along]),
        )
        crosses = {
            method: [(_number(at[along]), v) for at, v in found if _rest(at, along) == rest]
            for method, found in printed.items()
        }
        _panel(axes, along, here, labels, metric, crosses, logarithmic)
        if logarithmic:
            axes.set_xscale("log")
        axes.set_xticks(values, [written(value) for value in values], fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel(along)
        where = ", ".join(f"{axis} = {written(value)}" for axis, value in rest)
        axes.set_title(where or " ", fontsize=9)
    for axes in list(panels)[len(others) :]:
        axes.set_visible(False)
    for row in range(rows):
        figure.axes[row * columns].set_ylabel(title or TITLES[metric])
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, names, fontsize=8, loc="outside right upper")
    figure.savefig(path, metadata={"Date": None})


def _panel(
    axes: Axes,
    along: str,
    here: Sequence[Measured],
    labels: Mapping[str, str],
    metric: str,
    crosses: Mapping[str, Sequence[tuple[float, float]]],
    logarithmic: bool,
) -> None:
    xs = [_number(cell.point[along]) for cell in here]
    width = (math.log(xs[-1] / xs[0]) if logarithmic else xs[-1] - xs[0]) or 1.0
    drawn = [(method, look) for method, look in looks(list(labels)).items() if method in labels]
    for place, (method, look) in enumerate(drawn):
        move = SHIFT * width * (place - (len(drawn) - 1) / 2)
        places = [x * math.exp(move) if logarithmic else x + move for x in xs]
        ys = [cell.mean(method, metric) for cell in here]
        axes.plot(places, ys, marker="o", markersize=3.5, label=labels[method], **look)
        for x, y, cell in zip(places, ys, here, strict=True):
            interval = cell.intervals.get((method, metric))
            if interval is not None and math.isfinite(y):
                axes.plot([x, x], interval, color=look["color"], linewidth=0.9, zorder=2)
        if crosses.get(method):
            axes.plot(*zip(*crosses[method], strict=True), "x", color=look["color"])


def _number(value: Coordinate) -> Number:
    assert not isinstance(value, str), "an axis of numbers"
    return value


def _rest(point: Point, along: str) -> Rest:
    return tuple((axis, value) for axis, value in sorted(point.items()) if axis != along)


def _order(rest: Rest) -> list[tuple[bool, float, str]]:
    return [in_order(value) for _, value in rest]
