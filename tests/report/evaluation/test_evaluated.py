"""Numbers of one model: by hand where that can be, and errors in the order of confidence."""

import numpy as np
import pytest

from counterpoise.report.evaluation import judge

SCORES = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3], [0.45, 0.55], [0.1, 0.9]])
LABELS = np.array([0, 0, 0, 1, 1, 1])


def found(groups: object = None):
    names = [f"{n}.png" for n in range(6)]
    given = None if groups is None else np.asarray(groups)
    return judge("set", "m", ("a", "b"), LABELS, names, SCORES, SCORES, given)


def test_numbers_of_each_class() -> None:
    one, other = found().by_class
    assert (one.samples, one.recall, one.precision, one.f1) == (3, 2 / 3, 2 / 3, 2 / 3)
    assert (one.taken_for, one.times) == ("b", 1)
    low, high = one.interval
    # Wilson by hand: n = 3, p = 2/3, z = 1.959964
    z2 = 1.959964**2
    centre = (2 / 3 + z2 / 6) / (1 + z2 / 3)
    half = 1.959964 * np.sqrt((2 / 9) / 3 + z2 / 36) / (1 + z2 / 3)
    assert (low, high) == (pytest.approx(centre - half, abs=1e-6), pytest.approx(centre + half))
    assert other.recall == 2 / 3


def test_the_most_confident_error_is_first() -> None:
    assert found().order == [2, 3, 0, 5, 1, 4]
    assert found().errors == 2


def test_intervals_draw_whole_groups() -> None:
    alone = found().metrics["accuracy"].interval
    grouped = found([0, 0, 0, 0, 0, 0]).metrics["accuracy"].interval
    assert alone[1] - alone[0] > 0.3
    assert grouped == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_a_class_without_samples_or_predictions_has_no_numbers() -> None:
    scores = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0]])
    none = judge("s", "m", ("a", "b", "c"), np.array([0, 1]), ["1", "2"], scores, None).by_class[2]
    assert (none.recall, none.interval, none.precision, none.f1, none.taken_for) == (None,) * 5


def test_a_class_without_samples_is_no_part_of_any_mean() -> None:
    """Class b is predicted, though nothing is of it."""
    one_class = judge("s", "m", ("a", "b"), np.zeros(6, dtype=int), list("123456"), SCORES, SCORES)
    a, b = one_class.by_class
    assert (a.recall, a.precision, a.f1) == (0.5, 1, pytest.approx(2 / 3))
    assert (b.recall, b.interval, b.precision, b.f1, b.taken_for) == (None,) * 5
    assert one_class.metrics["macro_f1"].value == pytest.approx(2 / 3)
    for name in ("auc", "average_precision", "mcc"):
        assert (one_class.metrics[name].value, one_class.metrics[name].interval) == (None, None)
    wide = np.column_stack([SCORES[:, 0], np.full(6, 0.5), SCORES[:, 1]])
    two = judge("s", "m", ("a", "b", "c"), LABELS * 2, list("123456"), wide, None).metrics
    alone = judge("s", "m", ("a", "c"), LABELS, list("123456"), SCORES, None).metrics
    for name in ("macro_f1", "balanced_accuracy", "mcc"):
        assert two[name].value == pytest.approx(alone[name].value), name
    low, high = two["macro_f1"].interval
    assert low < two["macro_f1"].value < high <= 1
    right = judge("s", "m", ("a", "b"), np.zeros(2, dtype=int), list("12"), SCORES[:2], None)
    assert (right.metrics["macro_f1"].value, right.metrics["macro_f1"].interval) == (1, None)
