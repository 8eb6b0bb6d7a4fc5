"""The figure of a search: a map with the choice marked, or a line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from counterpoise.report import Report, collect
from counterpoise.report.plots.search_grid import search_grid
from counterpoise.report.svg import Chart, Dots, Rule

Make = Callable[..., Path]
Search = dict[str, Any]


def report(make: Make, search: Search) -> Report:
    return collect(
        make(methods={"baseline": {}, "svm": {}}, experiment={"searches": {"svm": search}})
    )


def drawn(made: Report) -> Chart:
    found = search_grid(made, made.experiment.searches["svm"])
    assert found is not None
    return found


def test_the_figure_shows_the_values_and_marks_the_choice(make: Make, searched: Search) -> None:
    made = report(make, searched)
    (line,) = drawn(made).panels  # the map is a table of the page
    dots = {mark.label: list(mark.y) for mark in line.marks if isinstance(mark, Dots)}
    assert dots["G-mean"] == [0.8125, 0.8125]
    assert dots["recall of class 0 (most frequent)"] == [0.8125, 0.8125]
    assert dots["recall of class 2 (rarest)"] == [0.5, 0.5]
    (chosen,) = (mark for mark in line.marks if isinstance(mark, Rule))
    assert (chosen.at, chosen.label) == (0.4, "chosen")
    assert made.folder is not None
    page = made.write(made.folder).read_text()
    (section,) = re.findall(r'<section id="search-svm">.*?</section>', page, re.DOTALL)
    cells = re.findall(r"<td( class=\"chosen\")?>([^<]*)</td>", section.partition("</details>")[0])
    assert [text for _, text in cells] == ["0.625", "0.500", "diverged", "0.812"]
    assert [text for chosen, text in cells if chosen] == ["0.812"]


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
    (panel,) = drawn(report(make, searched)).panels
    assert [text for _, text in panel.x.ticks] == ["cosine, 1, 2", "inv, 1, 2"]


def test_all_points_diverged_is_still_a_figure(make: Make, searched: Search) -> None:
    searched["value"] = None
    for grid in searched["grids"]:
        for point in grid["points"]:
            point.update(status="diverged", values={}, recall=[])
    made = report(make, searched)
    assert len(drawn(made).panels) == 1
    assert made.folder is not None
    page = made.write(made.folder).read_text()
    (section,) = re.findall(r'<section id="search-svm">.*?</section>', page, re.DOTALL)
    assert section.count(">diverged</td>") == 6
    assert "could not be drawn" not in page
    assert "(–)" in " ".join(made.warnings)
