"""Recall from head to tail, with gaps that are explained."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.plots.recall import MOST_DOTS, recall
from counterpoise.report.svg import Dots

Make = Callable[..., Path]


def test_classes_run_from_head_to_tail_with_the_baseline_in_every_panel(make: Make) -> None:
    report = collect(make(methods=["baseline", "a", "b"], counts=(10, 200, 50)))
    figure = recall(report)
    assert figure is not None
    known = {method.name: method.recall for method in report.methods}
    for panel, name in zip(figure.panels, ("a", "b"), strict=True):
        assert panel.title == name
        grey, own = panel.marks
        for dots, method in ((grey, "baseline"), (own, name)):
            values = known[method]
            assert values is not None
            assert isinstance(dots, Dots), "classes have no order, so no line joins them"
            assert list(dots.y) == pytest.approx([values[k] for k in (1, 2, 0)])


@pytest.mark.parametrize(("absent", "said"), [(1, "1 class has"), (2, "2 classes have")])
def test_a_class_without_a_test_sample_is_a_gap_that_is_explained(
    make: Make, absent: int, said: str
) -> None:
    counts, per_class = (200, 50, 20, 10), [9] * (4 - absent) + [0] * absent
    figure = recall(collect(make(counts=counts, per_class=per_class)))
    assert figure is not None
    assert figure.note == f"{said} no test sample and so no recall."
    assert np.isnan(figure.panels[0].marks[0].y).sum() == absent


def test_no_method_with_a_recall_is_no_figure(make: Make) -> None:
    assert recall(collect(make(methods={"baseline": {"status": "failed", "error": "x"}}))) is None


def test_many_classes_are_means_of_neighbours(make: Make) -> None:
    report = collect(make(methods=["baseline"], counts=[9] * 250, per_class=1, splits=["seed-0"]))
    figure = recall(report)
    assert figure is not None
    (dots,) = figure.panels[0].marks
    assert len(dots.y) == MOST_DOTS
    assert figure.note == "Each point is the mean of about 2 neighbouring classes."
    values = report.methods[0].recall
    assert values is not None
    assert dots.y[0] == pytest.approx(np.mean(values[:3]))
