"""Samples of a sensor as a small drawing, which a page shows where it shows a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, MARGIN = 640, 240, 8
CHANNELS = 12  # that are drawn
POINTS = 640  # of each: more are drawn as their lowest and highest
COLOURS = (
    "#005fb8",
    "#d55e00",
    "#009e73",
    "#e878b8",
    "#e0a100",
    "#50b8f0",
    "#7b2fd0",
    "#808080",
    "#7d451e",
    "#2fc22f",
    "#d80048",
    "#5f7400",
)  # fmt: skip - one for each channel; those of chart.js are the first of them


def plot(samples: npt.NDArray[Any]) -> str:
    """The first channels of (C, T), or the numbers of (D,), as one SVG without a style."""
    rows = np.atleast_2d(samples)[:CHANNELS].astype(np.float64)
    low, high = float(rows.min()), float(rows.max())
    span = (high - low) or 1.0
    lines = []
    for number, row in enumerate(rows):
        found = _thinned(row)
        across = np.linspace(MARGIN, WIDTH - MARGIN, len(found)) if len(found) > 1 else [WIDTH / 2]
        down = HEIGHT - MARGIN - (found - low) / span * (HEIGHT - 2 * MARGIN)
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
        colour = COLOURS[number]
        lines.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        )
    label = f"{low:.4g} to {high:.4g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}">'
        f'{"".join(lines)}<text x="{MARGIN}" y="18" font-size="13" fill="#808080" '
        f'font-family="sans-serif">{label}</text></svg>'
    )


def _thinned(row: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At most about `POINTS` of them, with the extremes between two that stay."""
    if len(row) <= POINTS:
        return row
    parts = np.array_split(row, POINTS // 2)
    return np.array([value for part in parts for value in (part.min(), part.max())])
