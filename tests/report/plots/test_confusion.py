"""Confusion matrices by row, from head to tail."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.report import collect
from counterpoise.report.plots.confusion import confusion

Make = Callable[..., Path]


@pytest.mark.parametrize("per_class", [20, [20, 0, 20]])
def test_rows_are_shares_of_the_true_class(make: Make, per_class: int | list[int]) -> None:
    report = collect(make(methods=["baseline"], counts=(10, 50, 200), per_class=per_class))
    figure = confusion(report)
    assert figure is not None
    (image,) = figure.axes[0].images
    found = report.methods[0].confusion
    assert found is not None
    dense = found.dense()[::-1, ::-1]  # head to tail
    expected = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1)
    np.testing.assert_allclose(image.get_array(), expected)
    assert len(figure.axes[0].texts) == 9
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == [
        "class 2",
        "class 1",
        "class 0",
    ]


def test_more_classes_have_neither_names_nor_numbers(make: Make) -> None:
    figure = confusion(collect(make(counts=[20] * 13, per_class=2, splits=["seed-0"])))
    assert figure is not None
    assert not figure.axes[0].texts
    assert not figure.axes[0].get_xticklabels()


def test_no_matrix_is_no_figure(make: Make) -> None:
    broken = {"baseline": {"status": "failed", "error": "no memory"}}
    assert confusion(collect(make(methods=broken))) is None
