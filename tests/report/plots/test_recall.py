"""Recall from head to tail, with gaps that are explained."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.plots.recall import recall

Make = Callable[..., Path]


def test_classes_run_from_head_to_tail_with_the_baseline_in_every_panel(make: Make) -> None:
    report = collect(make(methods=["baseline", "a", "b"], counts=(10, 200, 50)))
    figure = recall(report)
    assert figure is not None
    known = {method.name: method.recall for method in report.methods}
    for axes, name in zip(figure.axes, ("a", "b"), strict=True):
        assert axes.get_title() == name
        grey, own = axes.lines
        for line, method in ((grey, "baseline"), (own, name)):
            values = known[method]
            assert values is not None
            assert list(line.get_ydata()) == pytest.approx([values[k] for k in (1, 2, 0)])


@pytest.mark.parametrize(("absent", "said"), [(1, "1 class has"), (2, "2 classes have")])
def test_a_class_without_a_test_sample_is_a_gap_that_is_explained(
    make: Make, absent: int, said: str
) -> None:
    counts, per_class = (200, 50, 20, 10), [9] * (4 - absent) + [0] * absent
    figure = recall(collect(make(counts=counts, per_class=per_class)))
    assert figure is not None
    below = figure.get_supxlabel()
    assert below.endswith(f"; {said} no test sample and so no recall")
    assert np.isnan(figure.axes[0].lines[0].get_ydata()).sum() == absent


def test_no_method_with_a_recall_is_no_figure(make: Make) -> None:
    assert recall(collect(make(methods={"baseline": {"status": "failed", "error": "x"}}))) is None
