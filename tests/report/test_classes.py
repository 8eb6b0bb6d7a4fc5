"""Each class, in a terminal and on the page."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.report import collect
from counterpoise.report.classes import MOST_CLASSES, rarest_first, size_groups


def test_the_rarest_class_comes_first(make) -> None:
    report = collect(make())
    lines = report.by_class("baseline").splitlines()
    assert lines[0] == "baseline, on test, mean over splits, the rarest class first"
    assert lines[1].split() == ["class", "training", "test", "recall", "precision", "F1"]
    assert [line.split("'")[1] for line in lines[2:]] == ["class 2", "class 1", "class 0"]
    method = next(m for m in report.methods if m.name == "baseline")
    assert method.f1 is not None
    assert lines[2].split()[-1] == f"{method.f1[2]:.3f}"
    assert rarest_first(report) == [2, 1, 0]


def test_what_cannot_be_shown_is_refused(make) -> None:
    bad = {"status": "diverged", "error": "loss became inf"}
    report = collect(make(methods={"baseline": {}, "weighted": bad}))
    with pytest.raises(ArgumentError, match=r"no method 'baselin'.*baseline"):
        report.by_class("baselin")
    with pytest.raises(ArgumentError, match="'weighted' has no numbers by class: it is diverged"):
        report.by_class("weighted")


def test_the_page_has_a_table_for_each_method_and_bounds_it(make) -> None:
    counts = [400 - 5 * k for k in range(MOST_CLASSES + 4)]
    report = collect(make(counts=counts, per_class=2))
    out = report.write(make(counts=counts, per_class=2))
    text = out.read_text("utf-8")
    assert f"the {MOST_CLASSES} rarest of {MOST_CLASSES + 4} classes" in text
    assert text.count('aria-label="Table of classes by ') == 3  # each method, and by size
    assert [name for name, _ in size_groups(report)] == ["S1", "S2", "many"]
