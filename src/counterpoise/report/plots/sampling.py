"""What a sampler that goes by F1 drew over the rounds, and what F1 it went by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.records import RoundRecord
from counterpoise.report.plots.style import GREY, shorten
from counterpoise.report.results import Results
from counterpoise.report.runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


Floats = npt.NDArray[np.float64]
NAMED = 12  # classes up to which each has its name; more have a colour only
MOST_LINES = 150  # classes up to which each has its line; more are averaged over tenths
FIRST, LAST = "#9ab8d3", "#0072B2"


def sampling(results: Results, method: str) -> Figure | None:
    """Shares and F1 of each class against rounds, and F1 after the first and the last round.

    The stage is the last that has a sampler of that kind; mean over the splits. Of more than 150
    classes each line is the mean of a tenth of them. None for other methods.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

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
    rounds = np.arange(1, len(shares) + 1)
    colours = colormaps["viridis"](np.linspace(0, 0.92, len(names)))
    few = len(names) <= NAMED
    figure = Figure(figsize=(9.4, 3.6 + (0.22 * -(-len(names) // 4) if few else 0)))
    left, middle, right = figure.subplots(1, 3, width_ratios=(1, 1, 1 if few else 1.3))
    for i, (colour, name) in enumerate(zip(colours, names, strict=True)):
        style = {"color": colour, "linewidth": 1.4 if few else 0.7}
        left.plot(rounds, 100 * shares[:, i], label=name, **style)
        middle.plot(rounds, f1[:, i], **style)
    left.axhline(100 / len(order), color=GREY, linestyle=":", linewidth=1)
    left.set(title="Share of the batches, %", xlabel="round")
    left.set_ylim(bottom=0)
    middle.set(title="F1 on the contrast set", xlabel="round", ylim=(-0.02, 1.02))
    for axes in (left, middle):
        axes.xaxis.get_major_locator().set_params(integer=True)
    _first_and_last(right, f1, bars)
    if few:
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _by_tenth(table: Floats) -> Floats:
    """Means (R, 10) over tenths of the classes (R, K), head to tail."""
    parts = np.array_split(table, 10, axis=1)
    return np.stack([part.mean(axis=1) for part in parts], axis=1)


def _first_and_last(axes: Axes, f1: Floats, names: Sequence[str]) -> None:
    """A bar from the first round's F1 to the last one's for each class, head to tail."""
    places = np.arange(len(names))
    size = 22 if len(names) <= NAMED else 6
    first, last = f1[0], f1[-1]
    axes.vlines(places, first, last, color=GREY, linewidth=1)
    axes.scatter(places, first, color=FIRST, s=size, label="first round", zorder=3)
    axes.scatter(places, last, color=LAST, s=size, label="last round", zorder=4)
    axes.set(title="F1, first and last round", ylim=(-0.02, 1.02))
    if len(names) <= NAMED:
        axes.set_xticks(places, names, rotation=45, ha="right", fontsize=7)
    else:
        axes.set_xlabel("classes, head to tail")
        axes.set_xticks([])
    axes.legend(loc="best", fontsize=7)


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
