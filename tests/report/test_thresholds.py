"""Recall and false alarms of two classes at other thresholds."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.operating import THRESHOLDS
from counterpoise.report.thresholds import SHOWN, thresholds

Make = Callable[..., Path]
TWO = {"counts": (300, 60), "per_class": [60, 20]}


def test_rates_are_those_of_each_threshold(make: Make) -> None:
    report = collect(make(methods=["baseline", "a"], **TWO))
    found = thresholds(report)
    assert found is not None
    assert (found.rare, found.positives, found.negatives) == ("class 1", 20, 60)
    rates = found.methods["a"]
    for i in (0, 40, 70, 139):
        parts = []
        for run in report.runs["a"]:
            assert run.test is not None
            alarm = np.asarray(run.test.probabilities)[:, 1] >= THRESHOLDS[i]
            parts.append([alarm[run.test.target == k].mean() for k in (1, 0)])
        assert [rates.found[i], rates.alarms[i]] == pytest.approx(np.mean(parts, axis=0))
    assert rates.validation_found is not None
    level, recall, precision, alarms = found.rows("a")[SHOWN.index(0.5)]
    assert level == 0.5
    assert precision == pytest.approx(20 * recall / (20 * recall + 60 * alarms))


def test_the_page_has_what_the_script_reads_and_a_table_without_it(make: Make) -> None:
    out = make(methods=["baseline", "a"], **TWO)
    page = collect(out).write(out).read_text()
    (held,) = re.findall(r'data-curves="([^"]*)"', page)
    read = json.loads(html.unescape(held))
    assert {one["name"] for one in read["methods"]} == {"baseline", "a"}
    assert len(read["levels"]) == len(read["methods"][0]["found"]) == len(THRESHOLDS)
    assert 'aria-label="Table of thresholds"' in page


def test_none_of_three_classes_of_equal_ones_or_of_margins(make: Make) -> None:
    assert thresholds(collect(make())) is None
    assert thresholds(collect(make(counts=(50, 50)))) is None
    margins = {"baseline": {"margins": True}}
    assert thresholds(collect(make(methods=margins, **TWO))) is None
    some = thresholds(collect(make(methods={"baseline": {}, "svm": {"margins": True}}, **TWO)))
    assert some is not None
    assert list(some.methods) == ["baseline"]
