"""The operating curve as it is drawn."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.report import collect
from counterpoise.report.plots.operating import caption, operating

COST = {"cost": {"minority": 10.0}, "select": "expected_cost"}


@pytest.mark.parametrize(("counts", "axis"), [((300, 100), "threshold"), ((300, 90, 9), "factor")])
def test_two_lines_a_method_and_the_lowest_point(
    make: Callable[..., Path], counts: tuple[int, ...], axis: str
) -> None:
    report = collect(make(methods=["baseline", "good"], counts=counts, experiment=COST))
    figure = operating(report)
    assert figure is not None
    (axes,) = figure.axes
    assert axes.get_xlabel().startswith(axis)
    labels = axes.get_legend_handles_labels()[1]
    assert {"baseline", "validation", "lowest on validation"} <= set(labels)
    assert ("asked of true probabilities: .091" in labels) == (len(counts) == 2)
    assert axis in caption(report)


def test_nothing_without_costs(make: Callable[..., Path]) -> None:
    assert operating(collect(make())) is None
