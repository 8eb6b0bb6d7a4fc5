"""ROC and precision-recall curves, one-vs-rest, averaged over classes and splits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.npz import column_blocks
from counterpoise.report.plots.style import in_order, looks
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from counterpoise.metrics import Evaluation

Floats = npt.NDArray[np.float64]
GRID = np.linspace(0.0, 1.0, 201)


def roc(results: Results) -> Figure | None:
    """True against false positive rate; None when no method has scores."""
    return _figure(results, _roc_curve, "false positive rate", "true positive rate")


def precision_recall(results: Results) -> Figure | None:
    """Precision against recall; None when no method has scores."""
    return _figure(results, _precision_curve, "recall", "precision")


def _roc_curve(found: Floats, alarms: Floats) -> Floats:
    rates = np.append(0.0, alarms / alarms[-1])
    return np.asarray(np.interp(GRID, rates, np.append(0.0, found / found[-1])))


def _precision_curve(found: Floats, alarms: Floats) -> Floats:
    hit = found > 0  # before the first positive there is no precision to speak of
    precision = found[hit] / (found[hit] + alarms[hit])
    # recall stays flat between two positives: keep the point where each level is first reached
    recall, first = np.unique(found[hit] / found[-1], return_index=True)
    return np.asarray(np.interp(GRID, recall, precision[first]))


def _figure(
    results: Results, curve: Callable[[Floats, Floats], Floats], across: str, up: str
) -> Figure | None:
    from matplotlib.figure import Figure

    experiment = results.experiment
    shown = [
        m
        for m in in_order(results.methods, experiment.methods)
        if all(run.has_outputs for run in results.runs[m.name])
    ]
    if not shown:
        return None
    classes = np.arange(len(experiment.classes))
    counts = np.array(experiment.counts)
    rare = classes[counts < counts.mean()]
    groups = [("All classes", classes)]
    if 0 < len(rare) < len(classes):
        names = f"{len(rare)} rarer classes" if len(rare) > 1 else "The rarer class"
        groups.append((names, rare))
    tables = {
        m.name: np.nanmean(
            [_curves(run.test, curve) for run in results.runs[m.name] if run.test], axis=0
        )
        for m in shown
    }
    look = looks(experiment.methods)
    legend = 0.25 * -(-len(shown) // 3) + 0.1
    figure = Figure(figsize=(4.7 * len(groups), 3.9 + legend))
    for axes, (title, group) in zip(
        figure.subplots(1, len(groups), squeeze=False).flat, groups, strict=True
    ):
        for name, table in tables.items():
            axes.plot(GRID, _mean(table[group]), **look[name], label=name)
        axes.set(title=title, xlabel=across, ylabel=up, xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(shown)))
    return figure


def _curves(test: Evaluation, curve: Callable[[Floats, Floats], Floats]) -> Floats:
    """Curve of each class on the grid, (K, 201); NaN for a class without positive or rest."""
    assert test.scores is not None
    assert test.target is not None
    table = np.full((test.num_classes, len(GRID)), np.nan)
    for part, columns in column_blocks(test.scores):
        for k, scores in enumerate(columns.T, start=part.start):
            positive = test.target == k
            if 0 < int(test.true[k]) < len(positive):
                table[k] = curve(*_found_and_alarms(scores, positive))
    return table


def _found_and_alarms(
    scores: npt.NDArray[np.floating], positive: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Positives and others at or above each distinct score, from the highest on."""
    order = np.argsort(-scores)
    last = np.append(np.diff(scores[order]) != 0, True)
    found = np.cumsum(positive[order])[last].astype(np.float64)
    return found, np.flatnonzero(last) + 1.0 - found


def _mean(rows: Floats | Sequence[Floats]) -> Floats:
    rows = np.asarray(rows)
    defined = ~np.isnan(rows).any(axis=1)
    if not defined.any():
        return np.full(len(GRID), np.nan)
    return np.asarray(rows[defined].mean(axis=0), dtype=np.float64)
