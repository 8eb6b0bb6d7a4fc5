"""Training loss and a validation metric after each round."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics.names import in_sentence
from counterpoise.report.plots.style import BASELINE, in_order, looks, plain_logarithms
from counterpoise.report.results import Results
from counterpoise.report.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


Floats = npt.NDArray[np.float64]
IN_HISTORY = ("accuracy", "balanced_accuracy", "g_mean", "macro_f1")


def shown_metric(results: Results) -> str:
    """The selecting metric if rounds record it, else balanced accuracy."""
    select = results.experiment.select
    return select if select in IN_HISTORY else "balanced_accuracy"


def training(results: Results) -> Figure | None:
    """Methods that share their training share a line; None without any history."""
    from matplotlib.figure import Figure

    order = results.experiment.methods
    metric = shown_metric(results)
    together: dict[tuple[str, ...], list[str]] = {}
    for m in in_order(results.methods, order):
        group = results.runs[m.name]
        if all(run.history for run in group):
            key = group[0].stages or (m.name,)
            together.setdefault(key, []).append(m.name)
    if not together:
        return None
    look = looks(order)
    validates = results.validates
    width = 9.4 if validates else 5.0
    figure = Figure(figsize=(width, 3.6 + 0.25 * -(-len(together) // (3 if validates else 2))))
    left, *rest = figure.subplots(1, 2 if validates else 1, squeeze=False)[0]
    for names in together.values():
        updates, loss, value = _mean(results.runs[names[0]], metric)
        style = look[BASELINE if BASELINE in names else names[0]]
        left.plot(updates, loss, **style, label=", ".join(names))
        for right in rest:
            right.plot(updates, value, **style)
    left.set(title="Training loss", xlabel="updates")
    for right in rest:
        right.set(title=f"Validation {in_sentence(metric)}", xlabel="updates")
    positive = [line.get_ydata() for line in left.lines]
    if positive and min(np.nanmin(y) for y in positive) > 0:
        left.set_yscale("log")
        plain_logarithms(left.yaxis)
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2 if len(labels) > 2 else 1)
    return figure


def _mean(runs: Sequence[Run], metric: str) -> tuple[Floats, Floats, Floats]:
    """Updates, training loss and metric of each round, mean over the splits."""
    rounds = min(len(run.history) for run in runs)
    table = np.array(
        [
            [
                (
                    row.updates,
                    row.train_loss,
                    _known(getattr(row.validation, metric, None)),
                )
                for row in run.history[:rounds]
            ]
            for run in runs
        ]
    )
    updates, loss, value = table.mean(axis=0).T
    return updates, loss, value


def _known(value: float | None) -> float:
    return math.nan if value is None else value
