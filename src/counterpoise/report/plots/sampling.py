"""What a sampler that goes by F1 drew over the rounds, and what F1 it went by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.records import RoundRecord
from counterpoise.report.plots.style import dash, shorten
from counterpoise.report.results import Results
from counterpoise.report.runs import Run
from counterpoise.report.svg import Axis, Chart, Dots, Line, Panel, Rule
from counterpoise.report.svg.colours import step
from counterpoise.report.svg.ticks import linear

Floats = npt.NDArray[np.float64]
NAMED = 12  # classes up to which each has its name; more have a colour only
MOST_LINES = 150  # classes up to which each has its line; more are averaged over tenths


def sampling(results: Results, method: str) -> Chart | None:
    """Shares and F1 of each class against rounds, and F1 after the first and the last round.

    The stage is the last that has a sampler of that kind; mean over the splits. Of more than 150
    classes each line is the mean of a tenth of them. None for other methods.
    """
    experiment = results.experiment
    found = shares_and_f1(results.runs[method], len(experiment.classes))
    if found is None:
        return None
    shares, f1 = found  # (R, K) each
    counts = np.array(experiment.counts)
    order = np.argsort(-counts, kind="stable")
    names = [f"{shorten(experiment.classes[k])} ({counts[k]})" for k in order]
    bars = [shorten(experiment.classes[k]) for k in order]
    shares, f1 = shares[:, order], f1[:, order]
    if len(order) > MOST_LINES:
        shares, f1 = (_by_tenth(table) for table in (shares, f1))
        names = bars = ["commonest tenth", *(f"tenth {i}" for i in range(2, 10)), "rarest tenth"]
    rounds = [float(n + 1) for n in range(len(shares))]
    few = len(names) <= NAMED
    look = [step(i, len(names)) for i in range(len(names))]
    drawn: list[list[Line | Rule]] = [[], []]
    for lines, table in zip(drawn, (100 * shares, f1), strict=True):
        for i, name in enumerate(names):
            label = name if few else ""
            lines.append(Line(rounds, table[:, i].tolist(), look[i], label, dash(i) if few else 0))
    drawn[0].append(Rule(100 / len(order), "equal shares", horizontal=True))
    last = float(len(rounds))
    across = Axis("round", 1, max(last, 2.0), linear(1, max(last, 2.0), 5))
    top = float(100 * shares.max()) * 1.05 or 1.0
    unit = Axis("", -0.02, 1.02, linear(0, 1))
    panels = [
        Panel("Share of the batches, %", across, Axis("", 0, top, linear(0, top)), tuple(drawn[0])),
        Panel("F1 on the contrast set", across, unit, tuple(drawn[1])),
        _first_and_last(f1, bars, unit),
    ]
    return Chart(tuple(panels))


def _by_tenth(table: Floats) -> Floats:
    """Means (R, 10) over tenths of the classes (R, K), head to tail."""
    parts = np.array_split(table, 10, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _first_and_last(f1: Floats, names: Sequence[str], up: Axis) -> Panel:
    """The first round's F1 and the last one's for each class, head to tail."""
    places = [float(i) for i in range(len(names))]
    few = len(names) <= NAMED
    ticks = tuple(zip(places, names, strict=True)) if few else ()
    label = "" if few else "classes, head to tail"
    across = Axis(label, -0.6, len(names) - 0.4, ticks, upright=few)
    first, last = f1[0].tolist(), f1[-1].tolist()
    marks = (
        Dots(places, first, 0, "first round", low=first, high=last, radius=4 if few else 2),
        Dots(places, last, 1, "last round", radius=4 if few else 2),
    )
    return Panel("F1, first and last round", across, up, marks)


def shares_and_f1(runs: Sequence[Run], num_classes: int) -> tuple[Floats, Floats] | None:
    """Of each round of the last stage that has them, (R, K) each, mean over the splits; or None."""
    tables = [_rounds(run.history, num_classes) for run in runs]
    known = [table for table in tables if table is not None]
    if not known or len(known) < len(runs):
        return None
    rounds = min(len(table) for table in known)
    shares, f1 = np.mean([table[:rounds] for table in known], axis=0).transpose(1, 0, 2)
    return shares, f1


def _rounds(history: Sequence[RoundRecord], num_classes: int) -> Floats | None:
    """Shares and F1 of each round (R, 2, K) of the last stage that has them."""
    rows = []
    for row in history:
        if row.shares and row.contrast and row.contrast.f1:
            rows.append((row.stage_index, (row.shares, row.contrast.f1)))
    values = [pair for stage, pair in rows if stage == rows[-1][0]]
    if not values:
        return None
    table = np.array(values, dtype=np.float64)
    return table if table.shape[1:] == (2, num_classes) else None
