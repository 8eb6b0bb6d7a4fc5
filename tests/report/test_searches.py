"""A search in the report: what was chosen, the map, the line, and the figure of both."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import DataError
from counterpoise.report import Report, collect

Make = Callable[..., Path]
Search = dict[str, Any]


def report(make: Make, search: Search) -> Report:
    return collect(
        make(methods={"baseline": {}, "svm": {}}, experiment={"searches": {"svm": search}})
    )


def test_the_reader_is_told_what_was_chosen_and_what_it_cost(make: Make, searched: Search) -> None:
    text = report(make, searched).text()
    assert "svm: chosen by validation G-mean of seed-0 (0.812) among 5 trainings" in text
    assert "tau 0.4, C 2; 1 more had the same value" in " ".join(text.split())


@pytest.mark.parametrize("own", [True, False])
def test_of_folds_a_search_of_its_own_is_optimistic(
    make: Make, searched: Search, own: bool
) -> None:
    chosen = searched if own else {**searched, "chosen": {"decay": 0.1}}
    searches = {"svm": chosen} if own else {"baseline": chosen, "svm": chosen}
    out = make(
        methods={"baseline": {}, "svm": {}},
        splits=("fold-0", "fold-1"),
        experiment={"searches": searches, "folds": 2, "seeds": None},
    )
    warned = any("their results are slightly optimistic" in one for one in collect(out).warnings)
    assert warned == own


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


def test_methods_that_choose_one_setting_among_the_same_values_share_a_sentence(
    make: Make, searched: Search
) -> None:
    grid = {"title": "a", "combine": "product", "values": {"decay": [0.1, 1.0]}, "points": []}
    one = {**searched, "trials": 2, "grids": [grid], "ties": 0}
    searches = {
        "baseline": {**one, "chosen": {"decay": 0.1}},
        "svm": {**one, "chosen": {"decay": 1.0}},
        "other": {**one, "chosen": {"decay": 0.1}},
    }
    methods: dict[str, Any] = {name: {} for name in searches}
    out = make(methods=methods, experiment={"searches": searches})
    made = collect(out)
    said = (
        "decay was chosen for each method by validation G-mean of seed-0 among 2 values: "
        "0.1 for baseline, other; 1 for svm"
    )
    assert "decay" not in made.text(1000), "it stands in every run: nothing can be done about it"
    assert said in unescape(made.write(out).read_text())
    assert '<section id="search-' not in (out / "report.html").read_text()
    collect(make(methods=methods, experiment={"searches": {"svm": searched}})).write(out)
    page = (out / "report.html").read_text()
    assert re.findall(r'<section id="(search-[^"]*)"', page) == ["search-svm"]
