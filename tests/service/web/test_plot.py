"""Samples as a drawing."""

from xml.etree import ElementTree

import numpy as np
import pytest

from counterpoise.service.web.plot import CHANNELS, HEIGHT, MARGIN, POINTS, WIDTH, plot

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
