"""Bars of training samples by class, named where there are few, outlined where there are many."""

from types import SimpleNamespace

import numpy as np
import pytest

from counterpoise.report.plots.class_counts import class_counts


def drawn(counts: list[int]):
    classes = tuple(f"class {k}" for k in range(len(counts)))
    experiment = SimpleNamespace(counts=tuple(counts), classes=classes)
    (axes,) = class_counts(SimpleNamespace(experiment=experiment)).axes  # type: ignore[arg-type]
    return axes


def test_few_classes_have_names_and_numbers_from_head_to_tail() -> None:
    axes = drawn([20, 50, 10])
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["class 1", "class 0", "class 2"]
    assert [text.get_text() for text in axes.texts] == ["50", "20", "10"]
    assert [bar.get_height() for bar in axes.patches] == [50, 20, 10]
    assert axes.get_yscale() == "linear"


@pytest.mark.parametrize("num_classes", [26, 8142])
def test_many_classes_are_one_outline(num_classes: int) -> None:
    counts = [k + 1 for k in range(num_classes)]
    axes = drawn(counts)
    (outline,) = axes.patches
    np.testing.assert_array_equal(outline.get_data().values, counts[::-1])
    assert axes.get_xlabel() == f"{num_classes} classes, from the most to the least frequent"
    assert axes.get_yscale() == ("log" if num_classes > 30 else "linear")


def test_an_empty_class_keeps_the_scale_linear() -> None:
    assert drawn([5000, 40, 0]).get_yscale() == "linear"
