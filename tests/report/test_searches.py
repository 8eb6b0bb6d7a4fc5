"""A search in the report: what was chosen, the map, the line, and the figure of both."""

import io
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from counterpoise.errors import DataError
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


def test_the_reader_is_told_what_was_chosen_and_what_it_cost(make: Make, searched: Search) -> None:
    text = report(make, searched).text()
    assert "svm: chosen by validation G-mean of seed-0 (0.812) among 5 trainings" in text
    assert "tau 0.4, C 2; 1 more had the same value" in " ".join(text.split())


def test_the_map_has_a_row_for_each_value_of_the_second_setting(
    make: Make, searched: Search
) -> None:
    made = report(make, searched)
    page = made.write(Path(make(methods=["baseline"]))).read_text()
    table = page[page.index("Table of a map") : page.index("Table of a line")]
    cells = [re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)]
    assert [unescape(cell).split() for cell in cells] == [
        ["C", "\\", "tau", "0.2", "0.4"],
        ["1", "0.625", "0.500"],
        ["2", "diverged", "0.812"],
    ]
    assert re.search(r'class="chosen">0.812', table)
    assert "tau 0.6, C 1" in page[page.index("Table of a line") :]


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


def test_a_damaged_search_is_named(make: Make, searched: Search) -> None:
    out = make(methods={"baseline": {}, "svm": {}}, experiment={"searches": {"svm": searched}})
    path = out / "experiment.json"
    whole = json.loads(path.read_text())
    del whole["searches"]["svm"]["grids"][0]["points"]
    path.write_text(json.dumps(whole))
    with pytest.raises(DataError, match=r"json is damaged: 'searches.svm.grids.0.points' is m"):
        collect(out)
    whole["searches"] = {"svm": {**searched, "select": "g_men"}}
    path.write_text(json.dumps(whole))
    with pytest.raises(DataError, match=r"'select' is a metric; did you mean 'g_mean'"):
        collect(out)
