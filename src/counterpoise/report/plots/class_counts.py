"""Bar chart of training samples by class."""

from __future__ import annotations

from counterpoise.counts import ClassCounts
from counterpoise.report.plots.style import shorten
from counterpoise.report.results import Results
from counterpoise.report.svg import Axis, Bars, Chart, Line, Panel
from counterpoise.report.svg.ticks import linear, powers

LABELLED = 25  # classes whose names fit
BARS = 200  # classes up to which each has a bar; more are one outline
LOGARITHMIC = 30.0  # imbalance ratio above which the smallest bars would vanish


def class_counts(results: Results) -> Chart:
    """Bars from head to tail; logarithmic when the ratio is large."""
    experiment = results.experiment
    counts = ClassCounts(experiment.counts)
    order = counts.head_to_tail
    values = [float(experiment.counts[k]) for k in order]
    few = len(order) <= LABELLED
    logarithmic = counts.imbalance_ratio >= LOGARITHMIC and min(values) > 0
    low, high = (
        (max(0.5, min(values) / 3), max(values) * 2) if logarithmic else (0, 1.1 * values[0])
    )
    label = "training samples" + (" (log scale)" if logarithmic else "")
    up = Axis(label, low, high, (powers if logarithmic else linear)(low, high), logarithmic)
    place = [float(i) for i in range(len(order))]
    names = tuple((float(i), shorten(experiment.classes[k])) for i, k in enumerate(order))
    below = "" if few else f"{len(order)} classes, from the most to the least frequent"
    upright = few and sum(len(name) for _, name in names) > 60
    across = Axis(below, -0.6, len(order) - 0.4, names if few else (), upright=upright)
    if len(order) <= BARS:
        texts = [f"{value:.0f}" for value in values] if few else ()
        mark: Bars | Line = Bars(place, values, texts)
    else:
        mark = Line(place, values, 1)
    width = min(920, max(340, 90 + 44 * len(order))) if few else 920
    return Chart((Panel("", across, up, (mark,), width=width, height=270),))
