"""Synthetic images that a resampler made, beside real ones of the same class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.report.plots.style import shorten
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure


EACH, MOST_CLASSES = 6, 10
GAP = 1  # blank places between real and synthetic images
Array = npt.NDArray[np.generic]


def synthetic_images(results: Results, method: str) -> Figure | None:
    """A row for each class, rarest first, of the method's first run; None without images."""
    from matplotlib.figure import Figure

    runs = results.runs[method]
    shown = next(((run.split, run.synthetic) for run in runs if run.synthetic), None)
    if shown is None:
        return None
    split, found = shown
    counts = results.experiment.counts_per_split.get(split, results.experiment.counts)
    classes = sorted({int(k) for k in found["made_labels"]}, key=lambda k: (counts[k], k))
    classes = classes[:MOST_CLASSES]
    columns = 2 * EACH + GAP
    figure = Figure(figsize=(0.55 * columns + 1.6, 0.6 * len(classes) + 0.5))
    grid = figure.subplots(len(classes), columns, squeeze=False)
    for row, k in zip(grid, classes, strict=True):
        for part, start in (("real", 0), ("made", EACH + GAP)):
            images = found[part][found[f"{part}_labels"] == k][:EACH]
            for axes, image in zip(row[start:], images, strict=False):
                axes.imshow(_drawable(image), cmap="gray", vmin=0, vmax=1)
        for axes in row:
            axes.set_axis_off()
        name = f"{shorten(results.experiment.classes[k])} ({counts[k]})"
        row[0].text(-0.25, 0.5, name, transform=row[0].transAxes, ha="right", va="center", size=8)
    grid[0][0].set_title("real", loc="left", fontsize=9)
    grid[0][EACH + GAP].set_title("synthetic", loc="left", fontsize=9)
    return figure


def _drawable(image: Array) -> npt.NDArray[np.float64]:
    """(C, H, W) of any range -> (H, W) or (H, W, 3) in [0, 1]."""
    values = image.astype(np.float64)
    low, high = (0.0, 255.0) if image.dtype == np.uint8 else (values.min(), values.max())
    scaled = ((values - low) / ((high - low) or 1.0)).clip(0, 1).transpose(1, 2, 0)
    return scaled[..., :3] if scaled.shape[2] >= 3 else scaled[..., 0]
