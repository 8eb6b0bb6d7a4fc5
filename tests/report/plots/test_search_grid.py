"""The figure of a search: a map with the choice marked, or a line."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from counterpoise.report import Report, collect
from counterpoise.report.plots import draw_all
from counterpoise.report.plots.search_grid import search_grid

Make = Callable[..., Path]
Search = dict[str, Any]


def report(make: Make, search: Search) -> Report:
    return collect(
        make(methods={"baseline": {}, "svm": {}}, experiment={"searches": {"svm": search}})
    )


def drawn(made: Report) -> Figure:
    return search_grid(made, made.experiment.searches["svm"])


def test_the_figure_shows_the_values_and_marks_the_choice(make: Make, searched: Search) -> None:
    figure = drawn(report(make, searched))
    first, line, *_ = figure.axes
    assert sorted(text.get_text() for text in first.texts) == [".500", ".625", ".812", "diverged"]
    (frame,) = first.patches
    assert (frame.get_x(), frame.get_y()) == pytest.approx((0.52, 0.52))  # tau 0.4, C 2
    curves = {str(curve.get_label()): curve.get_ydata() for curve in line.lines}
    assert list(curves["G-mean"]) == [0.8125, 0.8125]
    assert list(curves["recall of class 0 (most frequent)"]) == [0.8125, 0.8125]
    assert list(curves["recall of class 2 (rarest)"]) == [0.5, 0.5]
    assert list(line.lines[-1].get_xdata()) == [0.4, 0.4]


def test_values_without_a_scale_and_three_settings_are_a_line(make: Make, searched: Search) -> None:
    points = searched["grids"][1]["points"]
    for name, point in zip(("cosine", "inv"), points, strict=True):
        point["settings"] = {"schedule": name, "a": 1, "b": 2}
    searched["grids"] = [
        {
            "title": "three",
            "combine": "product",
            "values": {"schedule": ["cosine", "inv"], "a": [1], "b": [2]},
            "points": points,
        }
    ]
    (axes,) = drawn(report(make, searched)).axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["cosine, 1, 2", "inv, 1, 2"]


def test_all_points_diverged_is_still_a_figure(make: Make, searched: Search) -> None:
    searched["value"] = None
    for grid in searched["grids"]:
        for point in grid["points"]:
            point.update(status="diverged", values={}, recall=[])
    made = report(make, searched)
    assert {text.get_text() for text in drawn(made).axes[0].texts} == {"diverged"}
    (figure,) = (p for p in draw_all(made) if p.file == "search-svm.png")
    assert np.asarray(Image.open(io.BytesIO(figure.png))).std() > 0
    assert "(–)" in " ".join(made.warnings)
