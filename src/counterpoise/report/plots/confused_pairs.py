"""The pairs of classes that are confused most often: for more classes than a matrix can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import Confusion
from counterpoise.report.plots.style import BAR, in_order, shorten
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PAIRS = 10  # of each method


def confused_pairs(results: Results) -> Figure | None:
    """Bars of the share of the true class; None when no confusion matrix is known."""
    from matplotlib.figure import Figure

    experiment = results.experiment
    shown = [
        (method.name, method.confusion)
        for method in in_order(results.methods, experiment.methods)
        if method.confusion is not None
    ]
    if not shown:
        return None
    columns = min(2, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.7 * columns, 0.5 + 2.6 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes, (name, confusion) in zip(grid.flat, shown, strict=False):
        _bars(axes, confusion, [shorten(one) for one in experiment.classes])
        axes.set_title(name, fontsize=9)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel("share of the true class, % (test samples)", fontsize=9)
    return figure


def _bars(axes: Axes, confusion: Confusion, classes: list[str]) -> None:
    cells = most_confused(confusion, PAIRS)
    places = np.arange(len(cells))
    counts = confusion.counts[cells]
    share = 100 * counts / confusion.true[confusion.rows[cells]]
    bars = axes.barh(places, share, color=BAR, height=0.7)
    axes.bar_label(
        bars,
        labels=[f"{s:.0f} ({n})" for s, n in zip(share, counts, strict=True)],
        padding=2,
        fontsize=7,
    )
    pairs = zip(confusion.rows[cells], confusion.columns[cells], strict=True)
    names = [f"{classes[true]} as {classes[predicted]}" for true, predicted in pairs]
    axes.set_yticks(places, names, fontsize=7)
    axes.set(xlim=(0, 118), ylim=(PAIRS - 0.5, -0.5))
    axes.grid(axis="y", visible=False)
    if not len(cells):
        axes.text(59, PAIRS / 2, "no error", ha="center", va="center")


def most_confused(confusion: Confusion, number: int) -> npt.NDArray[np.int64]:
    """Cells off the diagonal with the most samples; among equals, the larger share first.

    Returns:
        (number,) indices into the cells, or fewer where there are fewer errors.
    """
    wrong = np.flatnonzero(confusion.rows != confusion.columns)
    counts = confusion.counts[wrong]
    size = confusion.true[confusion.rows[wrong]]
    order = np.lexsort((wrong, size, -counts))[:number]
    return wrong[order]
