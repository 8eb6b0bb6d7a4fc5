"""Recall of the rarest classes, with intervals, by the method to use and by the baseline."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from counterpoise.report import collect
from counterpoise.report.plots.rarest_recall import rarest_recall as chart
from counterpoise.report.rarest import independent, rarest, rarest_recall, wilson
from counterpoise.report.svg import Dots

Make = Callable[..., Path]
BETTER = {"baseline": {"skill": 0.5}, "other": {}, "good": {"skill": 5.0}}


@pytest.mark.parametrize(("hits", "number"), [(0, 6), (6, 6), (3, 7), (90, 100)])
def test_wilson_is_that_of_scipy(hits: int, number: int) -> None:
    expected = binomtest(hits, number).proportion_ci(0.95, method="wilson")
    assert wilson(hits / number, number) == pytest.approx(tuple(expected), abs=1e-6)


def test_the_method_to_use_stands_beside_the_baseline(make: Make) -> None:
    report = collect(make(methods=BETTER, counts=(200, 12, 10)))
    found = rarest(report)
    assert found is not None
    assert found.methods == ("baseline", "good")
    assert [row.name for row in found.rows] == [
        "class 2", "class 1", "The 2 rarest classes (mean)", "The other class 'class 0'",
    ]  # fmt: skip
    by_name = {m.name: m for m in report.methods}
    for place, k in ((0, 2), (1, 1), (3, 0)):
        for name, recall in zip(found.methods, found.rows[place].recalls, strict=True):
            values = by_name[name].recall
            assert recall is not None
            assert values is not None
            assert recall.value == pytest.approx(values[k])
            assert recall.interval == pytest.approx(wilson(recall.value, 20))
    both = found.rows[2].recalls[0]
    assert both is not None
    assert both.interval == pytest.approx(wilson(both.value, 40))
    samples = independent(report)
    again = rarest_recall(report, "baseline", samples)
    assert again == both


def test_samples_that_belong_together_count_once(make: Make) -> None:
    alone, grouped = (collect(make(grouped=g)) for g in (None, 5))
    assert independent(alone) == (20, 20, 20)
    assert independent(grouped) == (4, 4, 4)
    assert independent(collect(make(splits=["fold-0", "fold-1"]))) == (40, 40, 40)


def test_where_the_baseline_stays_the_best_of_the_others_is_shown(make: Make) -> None:
    report = collect(make(methods={"baseline": {"skill": 5.0}, "a": {"skill": 0.2}}))
    found = rarest(report)
    assert found is not None
    assert found.methods == ("baseline", "a")


def test_equal_classes_have_no_rarest(make: Make) -> None:
    assert rarest(collect(make(counts=(50, 50, 50)))) is None
    broken = {"baseline": {"status": "failed", "error": "x"}}
    assert rarest(collect(make(methods=broken))) is None


def test_points_of_the_chart_lie_within_their_intervals(make: Make) -> None:
    report = collect(make(methods=BETTER, counts=(200, 12, 10), per_class=[20, 0, 20]))
    found = rarest(report)
    assert found is not None
    (panel,) = chart(found, report.experiment.methods).panels
    names = [text for _, text in panel.y.ticks]
    assert names == ["class 2", "2 rarest classes, mean", "other class 'class 0'"]
    for dots in panel.marks:
        assert isinstance(dots, Dots)
        assert (np.array(dots.low) <= dots.x).all()
        assert (np.array(dots.high) >= dots.x).all()
    assert found.rows[0].recalls[0] is not None
    page = report.write(report.folder).read_text()
    assert "Rarest recall" in page
