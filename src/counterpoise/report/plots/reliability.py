"""Reliability diagrams: how often predictions are right, against their probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import BINS, Evaluation
from counterpoise.metrics.calibration import confidence_bins, confidences
from counterpoise.report.number_format import shorter
from counterpoise.report.plots.style import GREY, in_order, looks, panels
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


Floats = npt.NDArray[np.float64]


def reliability(results: Results) -> Figure | None:
    """Before posthoc in grey, after in the method's colour; None without any posthoc."""
    from matplotlib.figure import Figure

    order = results.experiment.methods
    shown = [
        m
        for m in in_order(results.methods, order)
        if m.calibration and all(run.before for run in results.runs[m.name])
    ]
    if not shown:
        return None
    look = looks(order)
    rows, columns = panels(len(shown))
    figure = Figure(figsize=(max(3.6, min(9.4, 3.2 * columns)), 2.9 * rows + 0.3))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, method in zip(grid.flat, shown, strict=False):
        assert method.calibration is not None
        runs = results.runs[method.name]
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1, linestyle=(0, (2, 2)))
        for when, colour, estimates, parts in (
            ("before", GREY, method.calibration.before, [run.before for run in runs]),
            ("after", look[method.name]["color"], method.calibration.after, [r.test for r in runs]),
        ):
            confidence, right, share = _bins([part for part in parts if part is not None])
            error = shorter(estimates["ece"].mean)
            axes.plot(confidence, right, color=colour, label=f"{when}, ECE {error}")
            axes.scatter(confidence, right, s=6 + 90 * share, color=colour, zorder=3)
        axes.set(title=method.name, xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.legend(loc="lower right", fontsize=8, handlelength=1.4)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    figure.supxlabel("probability of the predicted class", fontsize=9)
    figure.supylabel("share of right predictions", fontsize=9)
    return figure


def _bins(parts: Sequence[Evaluation]) -> tuple[Floats, Floats, Floats]:
    """Mean confidence, accuracy and share of samples of every bin that has some."""
    sure, rights, bins = [], [], []
    for part in parts:
        assert part.probabilities is not None
        assert part.target is not None
        confidence, right = confidences(part.probabilities, part.target)
        sure.append(confidence)
        rights.append(right)
        bins.append(confidence_bins(part.probabilities, part.target)[0])
    places = np.concatenate(bins)
    num = np.bincount(places, minlength=BINS)
    sums = [
        np.bincount(places, weights=np.concatenate(values), minlength=BINS)
        for values in (sure, rights)
    ]
    some = num > 0
    return sums[0][some] / num[some], sums[1][some] / num[some], num[some] / num.sum()
