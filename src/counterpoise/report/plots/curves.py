"""ROC and precision-recall curves, one-vs-rest, averaged over classes and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.report.plots.style import dash, in_order
from counterpoise.report.results import Results
from counterpoise.report.runs import Run
from counterpoise.report.svg import Axis, Chart, Line, Panel
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear

if TYPE_CHECKING:
    from counterpoise.metrics import Evaluation

Floats = npt.NDArray[np.float64]
GRID = np.linspace(0.0, 1.0, 201)


@dataclass(frozen=True, eq=False)
class Curves:
    """Both curves of each class of one method on `GRID`, (K, 201), mean over the splits.

    NaN for a class that has no test sample, or no other class beside it, in any split.
    """

    roc: Floats
    precision_recall: Floats


def curves(results: Results) -> dict[str, Curves]:
    """Method -> curves, for the methods that have scores; each column is sorted once."""
    return {
        method.name: _of_method(results.runs[method.name])
        for method in in_order(results.methods, results.experiment.methods)
        if all(run.has_outputs for run in results.runs[method.name])
    }


def roc(results: Results, found: Mapping[str, Curves]) -> Chart | None:
    """True against false positive rate; None when no method has scores."""
    tables = {name: one.roc for name, one in found.items()}
    return _chart(results, tables, "false positive rate", "true positive rate")


def precision_recall(results: Results, found: Mapping[str, Curves]) -> Chart | None:
    """Precision against recall; None when no method has scores."""
    tables = {name: one.precision_recall for name, one in found.items()}
    return _chart(results, tables, "recall", "precision")


def _roc_curve(found: Floats, alarms: Floats) -> Floats:
    rates = np.append(0.0, alarms / alarms[-1])
    return np.asarray(np.interp(GRID, rates, np.append(0.0, found / found[-1])))


def _precision_curve(found: Floats, alarms: Floats) -> Floats:
    hit = found > 0  # before the first positive there is no precision to speak of
    precision = found[hit] / (found[hit] + alarms[hit])
    # recall stays flat between two positives: keep the point where each level is first reached
    recall, first = np.unique(found[hit] / found[-1], return_index=True)
    return np.asarray(np.interp(GRID, recall, precision[first]))


def _chart(results: Results, tables: Mapping[str, Floats], across: str, up: str) -> Chart | None:
    if not tables:
        return None
    experiment = results.experiment
    classes = np.arange(len(experiment.classes))
    counts = np.array(experiment.counts)
    rare = classes[counts < counts.mean()]
    groups = [("All classes", classes)]
    if 0 < len(rare) < len(classes):
        names = f"{len(rare)} rarer classes" if len(rare) > 1 else "The rarer class"
        groups.append((names, rare))
    number = colours(experiment.methods)
    axes = (Axis(label, 0.0, 1.0, linear(0, 1)) for label in (across, up))
    x, y = axes
    panels = []
    for title, group in groups:
        known, marks = group, []
        for name, table in tables.items():
            known = group[~np.isnan(table[group]).any(axis=1)]
            if len(known):
                values = table[known].mean(axis=0).tolist()
                colour = number[name]
                marks.append(Line(GRID.tolist(), values, colour, name, dash(colour)))
        absent = len(group) - len(known)
        if absent:
            title += f", without {absent} that {'has' if absent == 1 else 'have'} no test sample"
        panels.append(Panel(title, x, y, tuple(marks), height=340))
    return Chart(tuple(panels))


def _of_method(runs: Sequence[Run]) -> Curves:
    tables = np.array([_of_run(run.test) for run in runs if run.test])  # (S, 2, K, 201)
    defined = ~np.isnan(tables)
    number = defined.sum(axis=0)
    mean = np.full(number.shape, np.nan)
    np.divide(tables.sum(axis=0, where=defined), number, out=mean, where=number > 0)
    return Curves(*mean)


def _of_run(test: Evaluation) -> Floats:
    """Both curves of each class on the grid, (2, K, 201); NaN for one without positive or rest."""
    assert test.target is not None
    table = np.full((2, test.num_classes, len(GRID)), np.nan)
    for k, scores in test.ranked_columns():
        positive = test.target == k
        if 0 < int(test.true[k]) < len(positive):
            found, alarms = _found_and_alarms(scores, positive)
            table[0, k] = _roc_curve(found, alarms)
            table[1, k] = _precision_curve(found, alarms)
    return table


def _found_and_alarms(
    scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Positives and others at or above each distinct score, from the highest on."""
    order = np.argsort(-scores)
    last = np.append(np.diff(scores[order]) != 0, True)
    found = np.cumsum(positive[order])[last].astype(np.float64)
    return found, np.flatnonzero(last) + 1.0 - found
