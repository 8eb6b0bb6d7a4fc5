"""Metrics of predictions: numbers worked by hand, scikit-learn, and slow loops."""

import math
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from counterpoise.metrics import (
    Evaluation,
    f1,
    g_mean,
    macro_f1,
    mcc,
    precision,
    recall,
    worst_recall,
)

WORKED = np.array([[8, 1, 1], [2, 3, 0], [0, 0, 0]])


def sums(confusion: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    return confusion.diagonal(), confusion.sum(1), confusion.sum(0)


def test_worked_numbers() -> None:
    hits, true, predicted = sums(WORKED)
    np.testing.assert_allclose(precision(hits, predicted), [0.8, 0.75, 0.0])
    np.testing.assert_allclose(recall(hits, true), [0.8, 0.6, np.nan])
    np.testing.assert_allclose(f1(hits, true, predicted), [0.8, 2 / 3, 0.0])
    values = Evaluation(WORKED).values()
    assert values["accuracy"] == pytest.approx(11 / 15)
    assert values["balanced_accuracy"] == pytest.approx(0.7)
    assert values["g_mean"] == pytest.approx(math.sqrt(0.48))
    assert values["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 3)
    assert values["worst_recall"] == pytest.approx(0.6)


def test_absent_class_in_macro_f1() -> None:
    confusion = np.array([[4, 0, 0], [1, 3, 0], [0, 0, 0]])  # class 2: neither true nor predicted
    first, second = 8 / 9, 6 / 7
    assert macro_f1(*sums(confusion)) == pytest.approx((first + second) / 3)
    ignoring = macro_f1(*sums(confusion), absent="ignore")
    assert ignoring == pytest.approx((first + second) / 2)
    # predicted though absent: a false alarm counts under both rules
    confusion[0, 2] = 1
    assert macro_f1(*sums(confusion), absent="ignore") == macro_f1(*sums(confusion))


def test_g_mean_has_exact_zero_and_does_not_underflow() -> None:
    assert g_mean(np.array([0, 5]), np.array([5, 5])) == 0.0
    many = np.full(1000, 1)
    assert g_mean(many, 10 * many) == pytest.approx(0.1)  # the plain product is 1e-1000


def test_binary_g_mean_is_root_of_both_accuracies() -> None:
    assert g_mean(np.array([9, 2]), np.array([10, 8])) == pytest.approx(math.sqrt(0.9 * 0.25))


def test_no_samples_is_undefined_not_zero() -> None:
    values = Evaluation(np.zeros((3, 3), dtype=np.int64)).values()
    assert set(values.values()) == {None}


def test_one_class_predicted_gives_mcc_zero() -> None:
    assert mcc(*sums(np.array([[5, 0], [5, 0]]))) == 0.0
    assert mcc(*sums(np.array([[5, 5], [0, 0]]))) == 0.0


def test_mcc_extremes() -> None:
    assert mcc(*sums(np.diag([3, 4, 5]))) == pytest.approx(1.0)
    assert mcc(*sums(np.array([[0, 7], [7, 0]]))) == pytest.approx(-1.0)


def test_leading_dimensions_are_independent_draws() -> None:
    rng = np.random.default_rng(0)
    stack = rng.integers(0, 4, (6, 5, 3, 3))
    stack[0, 0] = 0
    hits = np.diagonal(stack, axis1=-2, axis2=-1)
    true, predicted = stack.sum(-1), stack.sum(-2)
    names = ("balanced_accuracy", "g_mean", "macro_f1", "mcc", "worst_recall", "accuracy")
    from counterpoise.metrics import tallies

    for name in names:
        function = getattr(tallies, name)
        args = (hits, true, predicted) if name in ("macro_f1", "mcc") else (hits, true)
        together = function(*args)
        assert together.shape == (6, 5)
        for at in np.ndindex(6, 5):
            alone = getattr(Evaluation(stack[at]), name)
            np.testing.assert_allclose(together[at], alone, rtol=1e-12, err_msg=name)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    num_classes = draw(st.integers(2, 6))
    num = draw(st.integers(1, 40))
    label = st.integers(0, num_classes - 1)
    target = draw(st.lists(label, min_size=num, max_size=num))
    predicted = draw(st.lists(label, min_size=num, max_size=num))
    return num_classes, np.array(target), np.array(predicted)


@settings(max_examples=150, deadline=None)
@given(labelled())
def test_agrees_with_scikit_learn(
    case: tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> None:
    num_classes, target, predicted = case
    labels = np.arange(num_classes)
    ours = Evaluation.from_scores(np.eye(num_classes)[predicted], target, num_classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's remarks on absent classes
        np.testing.assert_array_equal(
            ours.confusion, sk.confusion_matrix(target, predicted, labels=labels)
        )
        p, r, f, _ = sk.precision_recall_fscore_support(
            target, predicted, labels=labels, zero_division=0
        )
        expected = {
            "accuracy": sk.accuracy_score(target, predicted),
            "balanced_accuracy": sk.balanced_accuracy_score(target, predicted),
            "macro_f1": sk.f1_score(
                target, predicted, labels=labels, average="macro", zero_division=0
            ),
            "mcc": sk.matthews_corrcoef(target, predicted),
        }
    np.testing.assert_allclose(ours.precision, p)
    np.testing.assert_allclose(ours.f1, f)
    present = np.isin(labels, target)
    np.testing.assert_allclose(ours.recall[present], r[present])
    assert np.isnan(ours.recall[~present]).all()
    for name, value in expected.items():
        assert getattr(ours, name) == pytest.approx(value, abs=1e-12), name
    assert ours.worst_recall == r[present].min()
    assert ours.g_mean == pytest.approx(np.prod(r[present]) ** (1 / present.sum()))
    assert float(worst_recall(ours.hits, ours.true)) <= ours.balanced_accuracy + 1e-12
