"""Confusion matrices by row, from head to tail; of many classes, the pairs confused most."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.metrics import Confusion
from counterpoise.report import collect
from counterpoise.report.plots.confusion import matrix, most_confused, pairs

Make = Callable[..., Path]
MATRIX = Confusion.from_dense([[90, 4, 6], [4, 5, 1], [0, 0, 7]])


@pytest.mark.parametrize("per_class", [20, [20, 0, 20]])
def test_rows_are_numbers_and_shares_of_the_true_class(
    make: Make, per_class: int | list[int]
) -> None:
    report = collect(make(methods=["baseline"], counts=(10, 50, 200), per_class=per_class))
    (method,) = report.methods
    found = matrix(report, method)
    assert found is not None
    assert method.confusion is not None
    dense = method.confusion.dense()[::-1, ::-1]  # head to tail
    np.testing.assert_array_equal([[n for n, _ in row] for row in found.cells], dense)
    expected = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1)
    np.testing.assert_allclose([[share for _, share in row] for row in found.cells], expected)
    assert found.names == ("class 2", "class 1", "class 0")


def test_more_classes_have_their_pairs(make: Make) -> None:
    report = collect(make(counts=[20] * 21, per_class=2, splits=["seed-0"]))
    assert matrix(report, report.methods[0]) is None
    found = pairs(report, report.methods[0])
    assert len(found) == 10
    assert [pair.number for pair in found] == sorted((p.number for p in found), reverse=True)
    page = report.write(report.folder).read_text()
    assert "A matrix of 21 classes would be too fine to read" in page


def test_no_matrix_is_neither(make: Make) -> None:
    broken = {"baseline": {"status": "failed", "error": "no memory"}}
    report = collect(make(methods=broken))
    assert matrix(report, report.methods[0]) is None
    assert pairs(report, report.methods[0]) == ()


def test_most_errors_first_and_among_equals_the_larger_share() -> None:
    cells = most_confused(MATRIX, 3)
    found = list(zip(MATRIX.rows[cells].tolist(), MATRIX.columns[cells].tolist(), strict=True))
    assert found == [(0, 2), (1, 0), (0, 1)]
    assert len(most_confused(MATRIX, 99)) == 4
    assert len(most_confused(Confusion.from_dense([[3, 0], [0, 2]]), 5)) == 0


def test_shares_are_of_the_true_class(make: Make) -> None:
    report = collect(make(methods=["baseline", "weighted"]))
    for method in report.methods:
        assert method.confusion is not None
        dense = method.confusion.dense()
        found = pairs(report, method)
        for pair in found:
            true, predicted = (int(name.split()[-1]) for name in (pair.true, pair.predicted))
            assert (pair.number, pair.of) == (dense[true, predicted], dense[true].sum())
        assert len(found) == np.count_nonzero(dense - np.diag(np.diag(dense)))


def test_no_error_is_said(make: Make) -> None:
    out = make(methods={"baseline": {"skill": 50.0}}, counts=[20] * 21, per_class=2)
    report = collect(out)
    assert pairs(report, report.methods[0]) == ()
    assert "No test sample is predicted wrong." in report.write(out).read_text()
