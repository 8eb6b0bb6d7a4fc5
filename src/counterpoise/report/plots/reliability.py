"""Reliability diagrams: how often predictions are right, against their probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from counterpoise.metrics import BINS, Evaluation
from counterpoise.metrics.calibration import confidence_bins, confidences
from counterpoise.report.number_format import shorter
from counterpoise.report.plots.style import in_order
from counterpoise.report.results import Results
from counterpoise.report.svg import Axis, Chart, Dots, Line, Panel
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear

Floats = npt.NDArray[np.float64]


def reliability(results: Results) -> Chart | None:
    """Before posthoc in grey, after in the method's colour; None without any posthoc."""
    order = results.experiment.methods
    shown = [
        m
        for m in in_order(results.methods, order)
        if m.calibration and all(run.before for run in results.runs[m.name])
    ]
    if not shown:
        return None
    number = colours(order)
    across = Axis("probability of the predicted class", 0.0, 1.0, linear(0, 1))
    up = Axis("share of right predictions", 0.0, 1.0, linear(0, 1))
    panels = []
    for method in shown:
        assert method.calibration is not None
        runs = results.runs[method.name]
        marks: list[Line | Dots] = []
        errors = []
        for when, colour, estimates, parts in (
            ("before", 0, method.calibration.before, [run.before for run in runs]),
            ("after", number[method.name], method.calibration.after, [r.test for r in runs]),
        ):
            confidence, right, share = _bins([part for part in parts if part is not None])
            errors.append(shorter(estimates["ece"].mean))
            radius = (1.5 + 6 * np.sqrt(share)).tolist()
            label = when if when == "before" else f"{when}, {method.name}"
            marks.append(Line(confidence.tolist(), right.tolist(), colour))
            marks.append(Dots(confidence.tolist(), right.tolist(), colour, label, radius=radius))
        said = replace(across, label=f"{across.label} (ECE {errors[0]} → {errors[1]})")
        panels.append(Panel(method.name, said, up, tuple(marks), width=340, diagonal=True))
    return Chart(tuple(panels))


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
