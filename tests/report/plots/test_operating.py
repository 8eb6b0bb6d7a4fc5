"""The operating curve as it is drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.report import collect
from counterpoise.report.plots.operating import caption, operating
from counterpoise.report.svg import Bars, Dots, Line

COST = {"cost": {"minority": 10.0}, "select": "expected_cost"}


@pytest.mark.parametrize(("counts", "axis"), [((300, 100), "threshold"), ((300, 90, 9), "factor")])
def test_two_lines_a_method_and_the_lowest_point(
    make: Callable[..., Path], counts: tuple[int, ...], axis: str
) -> None:
    report = collect(make(methods=["baseline", "good"], counts=counts, experiment=COST))
    figure = operating(report)
    assert figure is not None
    (panel,) = figure.panels
    assert panel.x.label.startswith(axis)
    labels = [mark.label for mark in panel.marks if not isinstance(mark, Bars)]
    whose = ("test", "validation", "lowest on validation")
    assert {f"baseline, {what}" for what in whose} <= set(labels)
    assert ("asked of true probabilities: .091" in labels) == (len(counts) == 2)
    solid = next(m for m in panel.marks if isinstance(m, Line) and m.label == "baseline, test")
    dot = next(m for m in panel.marks if isinstance(m, Dots) and m.label.startswith("baseline"))
    assert dot.y[0] == solid.y[list(solid.x).index(dot.x[0])]
    assert axis in caption(report)


def test_nothing_without_costs(make: Callable[..., Path]) -> None:
    assert operating(collect(make())) is None
