"""Samples as a drawing, and the colours of lines."""

import itertools
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from counterpoise.service.web.analysis import COLUMNS
from counterpoise.service.web.plot import (
    CHANNELS,
    COLOURS,
    HEIGHT,
    MARGIN,
    POINTS,
    WIDTH,
    plot,
)
from counterpoise.service.web.site import STATIC

LINE = "{http://www.w3.org/2000/svg}polyline"


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((1, 1)),
        np.array([3]),
        np.arange(5.0),
        np.random.default_rng(0).normal(size=(3, 5000)).astype(np.float32),
        np.full((40, 7), -2, dtype=np.int16),
        np.array([[-1e300, 1e300]]),
    ],
    ids=range(6),
)
def test_every_line_is_inside(samples) -> None:
    tree = ElementTree.fromstring(plot(samples))
    lines = tree.findall(LINE)
    assert len(lines) == min(CHANNELS, 1 if samples.ndim == 1 else len(samples))
    for line in lines:
        points = [tuple(map(float, point.split(","))) for point in line.get("points").split()]
        assert 1 <= len(points) <= POINTS
        assert all(MARGIN <= x <= WIDTH - MARGIN for x, _ in points)
        assert all(MARGIN <= y <= HEIGHT - MARGIN for _, y in points)
    assert "style" not in plot(samples)


def test_a_long_series_keeps_its_extremes() -> None:
    row = np.zeros(10_000)
    row[4321], row[7654] = 1.0, -1.0
    (line,) = ElementTree.fromstring(plot(row)).findall(LINE)
    heights = [float(point.split(",")[1]) for point in line.get("points").split()]
    assert (min(heights), max(heights)) == (MARGIN, HEIGHT - MARGIN)


def light(colour: str) -> tuple[float, ...]:
    """Linear red, green and blue."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)


def lab(colour: str) -> tuple[float, float, float]:
    """Lightness and two axes of colour, in which distances are as an eye sees them (CIE 1976)."""
    red, green, blue = light(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def test_no_two_lines_look_alike() -> None:
    """Of a drawing and of a chart, which has a line for each column and one for all others."""
    assert len(COLOURS) == CHANNELS
    listed = re.search(r"const colours = \[(.*?)\];", (STATIC / "chart.js").read_text(), re.DOTALL)
    assert listed is not None
    of_charts = re.findall(r'"(#[0-9a-f]{6})"', listed[1])
    assert of_charts == list(COLOURS[: COLUMNS + 1])
    for one, other in itertools.combinations(COLOURS, 2):
        assert math.dist(lab(one), lab(other)) > 33, (one, other)


@pytest.mark.parametrize("paper", ["#ffffff", "#16191c"])
def test_every_line_is_seen_on_light_and_on_dark(paper: str) -> None:
    def bright(colour: str) -> float:
        red, green, blue = light(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05

    for colour in COLOURS:
        ratio = bright(colour) / bright(paper)
        assert max(ratio, 1 / ratio) > 2, colour
