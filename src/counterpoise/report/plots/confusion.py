"""Row-normalised confusion matrices as small multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.report.plots.style import in_order, panels, shorten
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


NAMED = 12  # classes whose names fit beside a panel
NUMBERED = 5  # classes whose shares fit into the cells


def confusion(results: Results) -> Figure | None:
    """Classes run head to tail from the top left; None when no matrix is known."""
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    experiment = results.experiment
    shown = [
        (method.name, method.confusion)
        for method in in_order(results.methods, experiment.methods)
        if method.confusion is not None
    ]
    if not shown:
        return None
    order = list(ClassCounts(experiment.counts).head_to_tail)
    names = [shorten(experiment.classes[k]) for k in order]
    size = len(order)
    # spread over a hundred columns, errors of a few per cent would look like none
    scale = PowerNorm(1.0 if size <= NAMED else 0.4, vmin=0.0, vmax=1.0)
    rows, columns = panels(len(shown))
    figure = Figure(figsize=(min(9.4, 3.6 * columns + 0.8), 9.4 / max(columns, 3) * rows + 0.5))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axes, (name, cells) in zip(grid.flat, shown, strict=False):
        matrix = cells.dense().astype(np.float64)[np.ix_(order, order)]
        share = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1.0)
        image = axes.imshow(share, cmap="Blues", norm=scale, interpolation="nearest")
        axes.set_title(name, fontsize=9)
        axes.grid(visible=False)
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color("#bbbbbb")
        if size <= NAMED:
            axes.set_xticks(range(size), names, rotation=90, fontsize=7.5)
            axes.set_yticks(range(size), names, fontsize=7.5)
            axes.tick_params(length=0)
        else:
            axes.set_xticks([])
            axes.set_yticks([])
        if size <= NUMBERED:
            for i, j in np.ndindex(size, size):
                colour = "white" if share[i, j] > 0.55 else "#222222"
                axes.text(j, i, f"{share[i, j]:.2f}", ha="center", va="center", color=colour)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for column in range(columns):
        grid[(len(shown) - 1 - column) // columns, column].tick_params(
            axis="x", labelbottom=size <= NAMED
        )
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("true", fontsize=9)
    figure.colorbar(image, ax=grid, shrink=0.7, pad=0.015, aspect=30)
    return figure
