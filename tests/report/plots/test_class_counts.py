"""Bars of training samples by class, named where there are few, outlined where there are many."""

from types import SimpleNamespace

import numpy as np
import pytest

from counterpoise.report.plots.class_counts import class_counts
from counterpoise.report.svg import Bars, Line, Panel


def drawn(counts: list[int]) -> Panel:
    classes = tuple(f"class {k}" for k in range(len(counts)))
    experiment = SimpleNamespace(counts=tuple(counts), classes=classes)
    (panel,) = class_counts(SimpleNamespace(experiment=experiment)).panels  # type: ignore[arg-type]
    return panel


def test_few_classes_have_names_and_numbers_from_head_to_tail() -> None:
    panel = drawn([20, 50, 10])
    assert [text for _, text in panel.x.ticks] == ["class 1", "class 0", "class 2"]
    (bars,) = panel.marks
    assert isinstance(bars, Bars)
    assert list(bars.texts) == ["50", "20", "10"]
    assert list(bars.y) == [50, 20, 10]
    assert not panel.y.logarithmic


@pytest.mark.parametrize(("num_classes", "kind"), [(26, Bars), (8142, Line)])
def test_many_classes_are_one_outline(num_classes: int, kind: type) -> None:
    counts = [k + 1 for k in range(num_classes)]
    panel = drawn(counts)
    (outline,) = panel.marks
    assert isinstance(outline, kind)
    np.testing.assert_array_equal(outline.y, counts[::-1])  # type: ignore[union-attr]
    assert panel.x.label == f"{num_classes} classes, from the most to the least frequent"
    assert panel.y.logarithmic == (num_classes > 30)


def test_an_empty_class_keeps_the_scale_linear() -> None:
    assert not drawn([5000, 40, 0]).y.logarithmic
