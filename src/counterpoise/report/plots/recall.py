"""Recall by class from head to tail, one small panel for each method."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.report.number_format import shorter
from counterpoise.report.plots.style import BASELINE, in_order, shorten
from counterpoise.report.results import MethodResult, Results
from counterpoise.report.svg import Axis, Chart, Dots, Panel
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear

LABELLED = 15
MOST_DOTS = 100  # of more classes, each dot is the mean of neighbours

Floats = npt.NDArray[np.float64]


def recall(results: Results) -> Chart | None:
    """The baseline is in every panel; None when no method has a recall."""
    experiment = results.experiment
    shown = [m for m in in_order(results.methods, experiment.methods) if m.recall]
    if not shown:
        return None
    order = list(ClassCounts(experiment.counts).head_to_tail)
    values = {m.name: _values(m, order) for m in shown}
    own = [name for name in values if name != BASELINE] or [BASELINE]
    number = colours(experiment.methods)
    few = len(order) <= LABELLED
    names = [f"{shorten(experiment.classes[k])} ({experiment.counts[k]})" for k in order]
    if len(order) <= MOST_DOTS:
        places, tables = [float(i) for i in range(len(order))], values
        texts = {
            m: [f"{n}: {shorter(v)}" for n, v in zip(names, values[m], strict=True)] for m in values
        }
    else:
        parts = np.array_split(np.arange(len(order)), MOST_DOTS)
        places = [float(part.mean()) for part in parts]
        tables = {name: np.array([_mean(v[part]) for part in parts]) for name, v in values.items()}
        texts = {}
    at = range(len(order)) if few else sorted({round(x) for x in np.linspace(0, len(order) - 1, 5)})
    ticks = tuple((float(i), names[i] if few else str(experiment.counts[order[i]])) for i in at)
    label = "" if few else "training samples of the class, head to tail"
    across = Axis(label, -0.6, len(order) - 0.4, ticks, upright=few)
    up = Axis("recall", -0.03, 1.03, linear(0, 1))
    radius = 4.5 if few else 2.5
    panels = []
    for name in own:
        marks = [
            Dots(
                places,
                tables[m].tolist(),
                number[m],
                m if m == BASELINE else "",
                texts=texts.get(m, ()),
                radius=radius,
            )
            for m in dict.fromkeys([BASELINE, name])
            if m in tables
        ]
        panels.append(Panel(name, across, up, tuple(marks), width=340, height=260 if few else 210))
    return Chart(tuple(panels), _note(list(values.values()), len(order)))


def _values(method: MethodResult, order: list[int]) -> Floats:
    assert method.recall is not None
    return np.array([method.recall[k] for k in order], dtype=np.float64)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _note(values: list[Floats], number: int) -> str:
    absent = int(np.isnan(np.array(values)).any(axis=0).sum())
    said = []
    if absent:
        classes = "1 class has" if absent == 1 else f"{absent} classes have"
        said.append(f"{classes} no test sample and so no recall.")
    if number > MOST_DOTS:
        said.append(
            f"Each point is the mean of about {number / MOST_DOTS:.0f} neighbouring classes."
        )
    return " ".join(said)
