"""Which method is recommended, and how sure that is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.report import Report, collect
from counterpoise.report.advice.choice import Choice, choose
from counterpoise.report.results import Difference

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


def gaining(report: Report, low: float, high: float) -> Report:
    """With such an interval of every method's gain."""
    metric = report.experiment.select
    versus = {metric: Difference((low + high) / 2, (low, high))}
    methods = tuple(
        m if m.vs_baseline is None else replace(m, vs_baseline=versus) for m in report.methods
    )
    return replace(report, methods=methods)


def test_a_sure_gain_that_does_not_matter_is_no_reason_to_change(make: Make) -> None:
    methods = {"baseline": {"skill": 1.0}, "weighted": {"skill": 4.0}}
    report = collect(make(methods=methods))
    found = chosen(gaining(report, 0.002, 0.006))
    assert found.use.name == "baseline"
    assert found.sentence.startswith("Keep the baseline: no gain reaches .01 (bal")
    assert found.certainty == (
        "weighted, best on validation, gains +.002 to +.006 on test over 3 seeds (95 %): under "
        ".01, too small to matter."
    )
    assert not found.is_open
    assert chosen(gaining(report, 0.002, 0.02)).sentence.startswith("Use weighted: ")


def test_nor_is_one_of_a_method_that_is_not_the_best(make: Make) -> None:
    methods = {"baseline": {"skill": 4.0}, "weighted": {"skill": 1.0}}
    found = chosen(gaining(collect(make(methods=methods)), 0.002, 0.006))
    assert found.sentence.startswith("Keep the baseline: no gain reaches .01 (balanced")
    assert found.certainty == "Sure to gain, but under .01: weighted."
