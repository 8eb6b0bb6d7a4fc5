"""Training loss and a validation metric after each round."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.metrics.names import in_sentence
from counterpoise.report.plots.style import BASELINE, dash, in_order
from counterpoise.report.results import Results
from counterpoise.report.runs import Run
from counterpoise.report.svg import Axis, Chart, Dots, Line, Panel
from counterpoise.report.svg.colours import colours
from counterpoise.report.svg.ticks import linear, powers

Floats = npt.NDArray[np.float64]
IN_HISTORY = ("accuracy", "balanced_accuracy", "g_mean", "macro_f1")


def shown_metric(results: Results) -> str:
    """The selecting metric if rounds record it, else balanced accuracy."""
    select = results.experiment.select
    return select if select in IN_HISTORY else "balanced_accuracy"


def training(results: Results, only: str | None = None) -> Chart | None:
    """Methods that share their training share a line; None without any history.

    Args:
        results: whose runs have rounds.
        only: a method, to draw no other.
    """
    order = results.experiment.methods
    metric = shown_metric(results)
    together: dict[tuple[str, ...], list[str]] = {}
    for m in in_order(results.methods, order):
        group = results.runs[m.name]
        if all(run.history for run in group) and only in (None, m.name):
            key = group[0].stages or (m.name,)
            together.setdefault(key, []).append(m.name)
    if not together:
        return None
    number = colours(order)
    losses: list[Line | Dots] = []
    values: list[Line | Dots] = []
    for names in together.values():
        updates, loss, value = (one.tolist() for one in _mean(results.runs[names[0]], metric))
        colour = number[BASELINE if BASELINE in names else names[0]]
        label = "" if only else ", ".join(names)
        for marks, y in ((losses, loss), (values, value)):
            one = len(updates) == 1  # which no line can show
            line = Line(updates, y, colour, label, dash(colour))
            marks.append(Dots(updates, y, colour, label) if one else line)
    last = max(max(line.x) for line in losses)
    across = Axis("updates", 0, 1.02 * last, linear(0, last, 5))
    panels = [Panel("Training loss", across, _losses(losses), tuple(losses), height=260)]
    if results.validates:
        up = Axis("", 0.0, 1.0, linear(0, 1))
        title = f"Validation {in_sentence(metric)}"
        panels.append(Panel(title, across, up, tuple(values), height=260))
    return Chart(tuple(panels))


def _losses(lines: Sequence[Line | Dots]) -> Axis:
    """Logarithmic where no loss is zero, or less."""
    known = [y for line in lines for y in line.y if not math.isnan(y)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low > 0:
        low, high = low / 1.15, high * 1.15
        ticks = powers(low, high)
        return Axis("", low, high, ticks if len(ticks) > 2 else linear(low, high), logarithmic=True)
    return Axis("", low, high, linear(low, high))


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
