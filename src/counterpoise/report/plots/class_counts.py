"""Bar chart of training samples by class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.report.plots.style import BAR, plain_logarithms, shorten
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LABELLED = 25  # classes whose names fit
LOGARITHMIC = 30.0  # imbalance ratio above which the smallest bars would vanish


def class_counts(results: Results) -> Figure:
    """Bars from head to tail; logarithmic when the ratio is large."""
    from matplotlib.figure import Figure

    experiment = results.experiment
    counts = ClassCounts(experiment.counts)
    order = counts.head_to_tail
    values = [experiment.counts[k] for k in order]
    figure = Figure(figsize=(9.4, 2.9))
    axes = figure.subplots()
    few = len(order) <= LABELLED
    axes.grid(axis="x", visible=False)
    axes.set_xlim(-0.6, len(order) - 0.4)
    logarithmic = counts.imbalance_ratio >= LOGARITHMIC and min(values) > 0
    if logarithmic:
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(0.5, min(values) / 3), top=max(values) * 2)
        plain_logarithms(axes.yaxis)
    axes.set_ylabel("training samples" + (" (log scale)" if logarithmic else ""))
    if few:
        bars = axes.bar(range(len(order)), values, width=0.72, color=BAR)
        axes.bar_label(bars, labels=[str(v) for v in values], padding=1, fontsize=8)
        names = [shorten(experiment.classes[k]) for k in order]
        upright = sum(map(len, names)) > 90
        axes.set_xticks(
            range(len(order)),
            names,
            rotation=40 if upright else 0,
            ha="right" if upright else "center",
            rotation_mode="anchor" if upright else "default",
        )
        axes.tick_params(axis="x", length=0)
    else:
        axes.stairs(values, np.arange(len(order) + 1) - 0.5, fill=True, color=BAR)
        axes.set_xticks([])
        axes.set_xlabel(f"{len(order)} classes, from the most to the least frequent")
    return figure
