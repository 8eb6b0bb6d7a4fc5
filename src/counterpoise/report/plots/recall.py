"""Recall by class from head to tail, one small panel for each method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.report.plots.style import BASELINE, in_order, looks, panels, shorten
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LABELLED = 15


def recall(results: Results) -> Figure | None:
    """The baseline is grey in every panel; None when no method has a confusion matrix."""
    from matplotlib.figure import Figure

    experiment = results.experiment
    shown = [m for m in in_order(results.methods, experiment.methods) if m.recall]
    if not shown:
        return None
    order = list(ClassCounts(experiment.counts).head_to_tail)
    curves = {
        m.name: np.array([m.recall[k] for k in order], dtype=np.float64) for m in shown if m.recall
    }
    own = [name for name in curves if name != BASELINE] or [BASELINE]
    rows, columns = panels(len(own))
    few = len(order) <= LABELLED
    wide = 9.4 if columns > 1 else 6.4
    figure = Figure(figsize=(wide, 2.1 * rows + (1.0 if few else 0.5)))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    look = looks(experiment.methods)
    place = np.arange(len(order))
    marker = {"marker": "o", "markersize": 3.5} if few else {"linewidth": 1.0}
    for axes, name in zip(grid.flat, own, strict=False):
        if BASELINE in curves:
            axes.plot(place, curves[BASELINE], **look[BASELINE], **marker)
        if name != BASELINE:
            style = {**look[name], "linestyle": "-"}
            axes.plot(place, curves[name], **style, **marker)
        axes.set_title(name, fontsize=9)
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlim(-0.5, len(order) - 0.5)
    for axes in grid.flat[len(own) :]:
        axes.set_visible(False)
    for column in range(columns):
        _label(grid[(len(own) - 1 - column) // columns, column], results, order, few)
    figure.supylabel("recall", fontsize=9)
    below = "class (training samples)" if few else "training samples of the class, head to tail"
    absent = sum(any(np.isnan(curve[i]) for curve in curves.values()) for i in place)
    if absent:
        number = "1 class has" if absent == 1 else f"{absent} classes have"
        below += f"; {number} no test sample and so no recall"
    figure.supxlabel(below, fontsize=9)
    return figure


def _label(axes: Axes, results: Results, order: list[int], few: bool) -> None:
    """Names and counts under the lowest panel of a column."""
    experiment = results.experiment
    if few:
        at = list(range(len(order)))
        names = [f"{shorten(experiment.classes[k])} ({experiment.counts[k]})" for k in order]
    else:
        at = sorted({round(x) for x in np.linspace(0, len(order) - 1, 5)})
        names = [str(experiment.counts[order[i]]) for i in at]
    axes.tick_params(axis="x", labelbottom=True)
    upright = few and sum(map(len, names)) > 36
    axes.set_xticks(at, names, rotation=90 if upright else 0, fontsize=7.5)
