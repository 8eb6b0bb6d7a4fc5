"""The pairs of classes with the most errors, where a matrix would be too fine to see."""

from collections.abc import Callable
from pathlib import Path

import pytest

from counterpoise.metrics import Confusion
from counterpoise.report import collect
from counterpoise.report.plots.confused_pairs import confused_pairs, most_confused

Make = Callable[..., Path]
MATRIX = Confusion.from_dense([[90, 4, 6], [4, 5, 1], [0, 0, 7]])


def test_most_errors_first_and_among_equals_the_larger_share() -> None:
    cells = most_confused(MATRIX, 3)
    pairs = list(zip(MATRIX.rows[cells].tolist(), MATRIX.columns[cells].tolist(), strict=True))
    assert pairs == [(0, 2), (1, 0), (0, 1)]
    assert len(most_confused(MATRIX, 99)) == 4
    assert len(most_confused(Confusion.from_dense([[3, 0], [0, 2]]), 5)) == 0


def test_bars_are_the_shares_of_the_true_class(make: Make) -> None:
    report = collect(make(methods=["baseline", "weighted"]))
    figure = confused_pairs(report)
    assert figure is not None
    for axes, name in zip(figure.axes, ("baseline", "weighted"), strict=True):
        confusion = next(m.confusion for m in report.methods if m.name == name)
        assert confusion is not None
        dense = confusion.dense()
        assert axes.get_title() == name
        labels = [tick.get_text() for tick in axes.get_yticklabels()]
        for bar, label in zip(axes.patches, labels, strict=True):
            true, predicted = (int(part.split()[-1]) for part in label.split(" as "))
            share = 100 * dense[true, predicted] / dense[true].sum()
            assert bar.get_width() == pytest.approx(share)
        assert len(labels) == 6  # every pair of three classes


def test_no_error_is_said_and_no_matrix_is_no_figure(make: Make) -> None:
    perfect = confused_pairs(collect(make(methods={"baseline": {"skill": 50.0}})))
    assert perfect is not None
    assert [text.get_text() for text in perfect.axes[0].texts] == ["no error"]
    broken = {"baseline": {"status": "failed", "error": "no memory"}}
    assert confused_pairs(collect(make(methods=broken))) is None
