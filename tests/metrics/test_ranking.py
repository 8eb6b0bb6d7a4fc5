"""AUC and average precision: worked numbers, the pair-counting definition, scikit-learn."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from counterpoise.metrics import Evaluation, Ranking, auc, average_precision

SCORES = np.array(
    [
        [0.60, 0.30, 0.10],
        [0.50, 0.40, 0.10],
        [0.20, 0.50, 0.30],
        [0.40, 0.40, 0.20],
        [0.10, 0.30, 0.60],
        [0.30, 0.45, 0.25],
    ]
)
TARGET = np.array([0, 0, 1, 1, 2, 2])
PRIOR = np.array([5000, 500, 50]) / 5550


def test_worked_numbers() -> None:
    per_class = [Ranking(SCORES[:, k], k == TARGET).auc() for k in range(3)]
    np.testing.assert_allclose(per_class, [1.0, 0.8125, 0.875])
    assert auc(SCORES, TARGET) == pytest.approx(0.8958333, abs=5e-8)


def test_division_by_prior_leaves_auc_and_renormalising_does_not() -> None:
    corrected = SCORES / PRIOR
    assert auc(corrected, TARGET) == pytest.approx(0.8958333, abs=5e-8)
    assert auc(corrected / corrected.sum(1, keepdims=True), TARGET) == pytest.approx(0.75)


def test_evaluation_does_not_renormalise() -> None:
    assert Evaluation.from_scores(SCORES / PRIOR, TARGET, 3).auc == auc(SCORES / PRIOR, TARGET)


def test_undefined_with_one_class() -> None:
    evaluation = Evaluation.from_scores(SCORES, np.zeros(6, dtype=np.int64), 3)
    assert np.isnan(evaluation.auc)
    assert evaluation.values(["auc", "average_precision"]) == {
        "auc": None,
        "average_precision": 1.0,  # every retrieved sample is of the class
    }


def test_constant_scores_are_chance() -> None:
    assert auc(np.ones((6, 3)), TARGET) == 0.5
    assert average_precision(np.ones((6, 3)), TARGET) == pytest.approx(1 / 3)


@st.composite
def scored(draw: st.DrawFn) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    num_classes = draw(st.integers(2, 5))
    num = draw(st.integers(2, 30))
    target = draw(st.lists(st.integers(0, num_classes - 1), min_size=num, max_size=num))
    steps = draw(st.sampled_from([2, 5, 1000]))  # few steps make many ties
    flat = draw(
        st.lists(st.integers(0, steps), min_size=num * num_classes, max_size=num * num_classes)
    )
    return np.array(flat, dtype=np.float64).reshape(num, num_classes) / steps, np.array(target)


@settings(max_examples=150, deadline=None)
@given(scored())
def test_agrees_with_scikit_learn_and_with_counted_pairs(
    case: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]],
) -> None:
    scores, target = case
    aucs, precisions = [], []
    for k in range(scores.shape[1]):
        positive = target == k
        ranking = Ranking(scores[:, k], positive)
        if 0 < positive.sum() < len(positive):
            aucs.append(sk.roc_auc_score(positive, scores[:, k]))
            pairs = itertools.product(scores[positive, k], scores[~positive, k])
            counted = np.mean([(a > b) + 0.5 * (a == b) for a, b in pairs])
            assert ranking.auc() == pytest.approx(counted, abs=1e-12)
        else:
            assert np.isnan(ranking.auc())
        if positive.any():
            precisions.append(sk.average_precision_score(positive, scores[:, k]))
        else:
            assert np.isnan(ranking.average_precision())
    assert average_precision(scores, target) == pytest.approx(np.mean(precisions), abs=1e-12)
    if aucs:
        assert auc(scores, target) == pytest.approx(np.mean(aucs), abs=1e-12)
    else:
        assert np.isnan(auc(scores, target))


@settings(max_examples=50, deadline=None)
@given(scored(), st.integers(0, 99))
def test_order_of_samples_does_not_matter(
    case: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]], seed: int
) -> None:
    scores, target = case
    order = np.random.default_rng(seed).permutation(len(target))
    np.testing.assert_equal(auc(scores, target), auc(scores[order], target[order]))
    assert average_precision(scores, target) == average_precision(scores[order], target[order])


def test_two_margins_are_ranked_by_their_difference() -> None:
    """Scores of an SVM whose columns have scales of their own: neither alone is the decision."""
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, 400)
    margins = generator.normal(size=(400, 2)) * [1.0, 5.0]
    margins[np.arange(400), target] += 1.5
    by_difference = sk.roc_auc_score(target, margins[:, 1] - margins[:, 0])
    by_columns = np.mean([sk.roc_auc_score(target == k, margins[:, k]) for k in (0, 1)])
    assert abs(by_difference - by_columns) > 0.02
    assert auc(margins, target, margins=True) == pytest.approx(by_difference, abs=1e-12)
    assert auc(margins, target) == pytest.approx(by_columns, abs=1e-12)
    found = Evaluation.from_scores(margins, target, 2)
    assert found.auc == pytest.approx(by_difference, abs=1e-12)
    precision = [
        sk.average_precision_score(target == k, sign * (margins[:, 1] - margins[:, 0]))
        for k, sign in ((0, -1), (1, 1))
    ]
    assert found.average_precision == pytest.approx(np.mean(precision), abs=1e-12)


def test_two_probabilities_and_three_margins_are_ranked_column_by_column() -> None:
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5]])
    target = np.array([0, 1, 0])
    found = Evaluation.from_scores(shares, target, 2, probabilities=shares)
    assert found.auc == auc(shares, target) == auc(shares, target, margins=True) == 1.0
    assert Evaluation.from_scores(SCORES, TARGET, 3).auc == auc(SCORES, TARGET)
