"""Expected cost by threshold, or by the factor of the rarer classes, on validation and on test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from counterpoise.report.number_format import shorter
from counterpoise.report.operating import LOG_ODDS, OperatingCurve, operating_curves, true_threshold
from counterpoise.report.plots.style import looks
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 3.0  # times the decisions as they are: what is shown, so that the low part can be read
TICKS = {
    "threshold": (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999),
    "factor": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
}
AXIS = {
    "threshold": "threshold of the rarer class's probability",
    "factor": "factor of the rarer classes' probabilities",
}


def operating(results: Results) -> Figure | None:
    """Test solid, validation dotted, a dot where validation is lowest; None without costs."""
    from matplotlib.figure import Figure

    curves = operating_curves(results)
    if not curves:
        return None
    figure = Figure(figsize=(5.0, 4.4))  # one that a telephone shows whole
    axes = figure.subplots()
    look = looks(results.experiment.methods)
    for curve in curves:
        colour = look[curve.method]["color"]
        axes.plot(LOG_ODDS, curve.validation, color=colour, linestyle=":", linewidth=1.4)
        axes.plot(LOG_ODDS, curve.test, color=colour, label=curve.method)
        axes.plot(LOG_ODDS[curve.best], curve.test[curve.best], "o", color=colour)
    scale = curves[0].scale
    asked = true_threshold(results)
    if asked is not None and 0 < asked < 1:
        place = float(np.log(asked / (1 - asked)))
        axes.axvline(place, color="#222222", linewidth=0.9, zorder=1)
        label = f"asked of true probabilities: {shorter(asked)}"
        axes.lines[-1].set_label(label)
    ticks = np.array(TICKS[scale])
    where = np.log(ticks / (1 - ticks)) if scale == "threshold" else np.log(ticks)
    axes.set_xticks(where, [f"{tick:g}" for tick in ticks])
    top = MOST * max(max(curve.unchanged, curve.test[curve.best]) for curve in curves)
    axes.set(xlabel=AXIS[scale], ylabel="expected cost of a sample", ylim=(0, top or None))
    axes.plot([], [], color="#7f7f7f", linestyle=":", label="validation")
    axes.plot([], [], "o", color="#7f7f7f", label="lowest on validation")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def caption(results: Results) -> str:
    """How the decision is moved, and what is optimistic."""
    curves: tuple[OperatingCurve, ...] = operating_curves(results)
    two = bool(curves) and curves[0].scale == "threshold"
    moved = (
        "The rarer class is predicted where its probability reaches the threshold."
        if two
        else "The probabilities of all classes with fewer training samples than the average class "
        "are multiplied by one factor, and the largest is predicted; 1 leaves decisions as they "
        "are."
    )
    return (
        f"{moved} Expected cost of a sample, mean over splits: the method to use and the baseline, "
        "on test (lines) and on validation (dotted). The dot is where validation is lowest, which "
        "is optimistic there and honest on test."
    )
