"""Expected cost by threshold, or by the factor of the rarer classes, on validation and on test."""

from __future__ import annotations

import numpy as np

from counterpoise.report.number_format import shorter
from counterpoise.report.operating import LOG_ODDS, OperatingCurve, operating_curves, true_threshold
from counterpoise.report.results import Results
from counterpoise.report.svg import Axis, Chart, Dots, Line, Panel, Rule
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear

MOST = 3.0  # times the decisions as they are: what is shown, so that the low part can be read
TICKS = {
    "threshold": (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999),
    "factor": (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0),
}
AXIS = {
    "threshold": "threshold of the rarer class's probability",
    "factor": "factor of the rarer classes' probabilities",
}


def operating(results: Results) -> Chart | None:
    """Test solid, validation dotted, a dot where validation is lowest; None without costs."""
    curves = operating_curves(results)
    if not curves:
        return None
    number = colours(results.experiment.methods)
    marks: list[Line | Dots | Rule] = []
    where = LOG_ODDS.tolist()
    for curve in curves:
        colour = number[curve.method]
        marks.append(
            Line(where, curve.validation.tolist(), colour, f"{curve.method}, validation", 2)
        )
        marks.append(Line(where, curve.test.tolist(), colour, f"{curve.method}, test"))
    for curve in curves:
        at = (float(LOG_ODDS[curve.best]), float(curve.test[curve.best]))
        label = f"{curve.method}, lowest on validation"
        marks.append(Dots([at[0]], [at[1]], number[curve.method], label))
    scale = curves[0].scale
    asked = true_threshold(results)
    if asked is not None and 0 < asked < 1:
        label = f"asked of true probabilities: {shorter(asked)}"
        marks.append(Rule(float(np.log(asked / (1 - asked))), label))
    ticks = np.array(TICKS[scale])
    places = np.log(ticks / (1 - ticks)) if scale == "threshold" else np.log(ticks)
    across = Axis(
        AXIS[scale],
        where[0],
        where[-1],
        tuple((float(at), f"{tick:g}") for at, tick in zip(places, ticks, strict=True)),
    )
    top = MOST * max(max(curve.unchanged, curve.test[curve.best]) for curve in curves) or 1.0
    up = Axis("expected cost of a sample", 0.0, top, linear(0, top))
    return Chart((Panel("", across, up, tuple(marks), width=480, height=340),))


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
