"""The curves of an entry: a metric along one axis of the grid, with what the paper prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from counterpoise.reproduce.columns import title
from counterpoise.reproduce.computed import COMPUTED
from counterpoise.reproduce.labels import labels
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.plan import Asked
from counterpoise.sweep.curves import draw_along, number_axes
from counterpoise.sweep.measured import Measured


def draw(known: Known, asked: Asked, measured: Sequence[Measured], path: Path) -> bool:
    """Draw the first metric; whether there was anything to draw.

    The axis with the most values that were run is the horizontal one; the others are panels.
    """
    axes = number_axes(measured)
    if not axes:
        return False
    entry, metric = known.entry, known.entry.metrics[0]
    names = labels(known, asked, measured)
    printed = {
        method: [(p.at, p.value) for p in entry.printed if (p.method, p.metric) == (method, metric)]
        for method in names
    }
    called = COMPUTED[entry.compute].metrics[metric] if entry.compute else title(metric)
    draw_along(axes[0], measured, names, metric, path, printed, called)
    return True
