"""The curves of an entry: a metric along one axis of the grid, with what the paper prints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from counterpoise.report.plots.style import looks
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.measured import Measured
from counterpoise.reproduce.paper import Number
from counterpoise.reproduce.plan import Asked, chosen_methods

PANELS = 4  # at most, in a row
LOGARITHMIC = 20.0  # ratio of the ends of an axis above which it is


def draw(known: Known, asked: Asked, measured: Sequence[Measured], path: Path) -> bool:
    """Draw the first metric; whether there was anything to draw.

    The axis with the most values that were run is the horizontal one; the others are panels.
    """
    done = [cell for cell in measured if cell.values]
    values = {axis: sorted({cell.point[axis] for cell in done}) for axis in known.entry.grid}
    along = max(values, key=lambda axis: len(values[axis]), default="")
    if not done or not along or len(values[along]) < 2:
        return False
    import matplotlib

    from counterpoise.report.plots.figures import STYLE

    with matplotlib.rc_context(fname=STYLE):  # as the figures of a report
        _draw(known, asked, done, values, along, path)
    return True


def _draw(
    known: Known,
    asked: Asked,
    done: Sequence[Measured],
    values: Mapping[str, Sequence[Number]],
    along: str,
    path: Path,
) -> None:
    from matplotlib.figure import Figure

    others = sorted({_rest(cell, along) for cell in done})[:PANELS]
    figure = Figure(figsize=(4.2 * len(others) + 1.6, 3.4))
    panels = figure.subplots(1, len(others), sharey=True, squeeze=False)[0]
    methods, metric = chosen_methods(known, asked), known.entry.metrics[0]
    for axes, rest in zip(panels, others, strict=True):
        here = sorted(
            (cell for cell in done if _rest(cell, along) == rest), key=lambda c: c.point[along]
        )
        for method, look in looks(methods).items():
            xs = [cell.point[along] for cell in here]
            ys = [cell.mean(method, metric) for cell in here]
            if any(map(math.isfinite, ys)):
                label = known.entry.methods[method]
                axes.plot(xs, ys, marker="o", markersize=3, label=label, **look)
            printed = [
                (p.at[along], p.value)
                for p in known.entry.printed
                if p.method == method and p.metric == metric and _of(p.at, along) == rest
            ]
            if printed:
                axes.plot(*zip(*printed, strict=True), "x", color=look["color"])
        ends = values[along][0], values[along][-1]
        if ends[0] > 0 and ends[1] / ends[0] >= LOGARITHMIC:
            axes.set_xscale("log")
            axes.set_xticks(values[along], [f"{value:g}" for value in values[along]], fontsize=7)
            axes.minorticks_off()
        axes.set_xlabel(along)
        axes.set_title(", ".join(f"{axis} = {value:g}" for axis, value in rest) or " ", fontsize=9)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel(metric.replace("_", " "))
    panels[-1].legend(fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})


def _rest(cell: Measured, along: str) -> tuple[tuple[str, Number], ...]:
    return _of(cell.point, along)


def _of(point: dict[str, Number], along: str) -> tuple[tuple[str, Number], ...]:
    return tuple((axis, value) for axis, value in sorted(point.items()) if axis != along)
