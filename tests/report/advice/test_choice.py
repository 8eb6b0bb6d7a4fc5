"""Which method is recommended, and how sure that is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.report import Report, collect
from counterpoise.report.advice.choice import Choice, choose

Make = Callable[..., Path]


def chosen(report: Report) -> Choice:
    best = next(m for m in report.methods if m.name == report.best)
    return choose(report, best, next((m for m in report.methods if m.name == "baseline"), None))


@pytest.mark.parametrize(
    ("alike", "better", "said"),
    [
        (("a", "c"), ("c",), "Not significantly different: a. On test better than it: c."),
        (("c",), ("c",), "On test better than it: c."),
        (("a",), (), "Not significantly different: a."),
        ((), (), "On test every other method is worse."),
    ],
)
def test_what_is_better_on_test_is_different(
    make: Make, alike: tuple[str, ...], better: tuple[str, ...], said: str
) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    report = collect(make(methods=methods, per_class=40))
    found = chosen(replace(report, indistinguishable=alike, better_on_test=better))
    assert found.certainty.endswith(f"(95 %). {said}")


def test_nothing_was_compared(make: Make) -> None:
    methods = {"baseline": {"skill": 3.0}, "weighted": {"status": "failed", "error": "no memory"}}
    found = chosen(collect(make(methods=methods)))
    assert found.sentence.startswith("Keep the baseline: nothing was compared with it (balanced")
    assert found.certainty == ""


def test_the_others_are_the_same(make: Make) -> None:
    methods = {"baseline": {"skill": 3.0}, "weighted": {"skill": 3.0, "twin": "baseline"}}
    found = chosen(collect(make(methods=methods)))
    assert found.sentence.startswith("Keep the baseline: the others gave the same scores (bal")
