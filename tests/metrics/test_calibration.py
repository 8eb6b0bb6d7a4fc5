"""NLL and ECE against the definitions as loops and against scikit-learn."""

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss

from counterpoise.errors import ArgumentError
from counterpoise.metrics import Evaluation, expected_calibration_error


def slow_ece(probabilities: npt.NDArray[np.float64], target: npt.NDArray[np.int64]) -> float:
    total = 0.0
    edges = [i / 15 for i in range(16)]
    for low, high in itertools.pairwise(edges):
        inside = [i for i, row in enumerate(probabilities) if low < row.max() <= high]
        if inside:
            confidence = np.mean([probabilities[i].max() for i in inside])
            right = np.mean([probabilities[i].argmax() == target[i] for i in inside])
            total += len(inside) / len(target) * abs(confidence - right)
    return float(total)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 50))
def test_agrees_with_loop_and_scikit_learn(seed: int, num_classes: int, num: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(num_classes, 0.5), num)
    probabilities = (probabilities + 1e-6) / (1 + num_classes * 1e-6)
    target = rng.integers(0, num_classes, num)
    ours = Evaluation.from_scores(probabilities, target, num_classes, probabilities)
    assert ours.ece == pytest.approx(slow_ece(probabilities, target), abs=1e-12)
    assert ours.nll == pytest.approx(
        log_loss(target, probabilities, labels=np.arange(num_classes)), rel=1e-9
    )


def test_perfect_and_worst_confidence() -> None:
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert expected_calibration_error(sure, np.array([0, 1])) == 0.0
    assert expected_calibration_error(sure, np.array([1, 0])) == 1.0
    assert math.isnan(expected_calibration_error(np.empty((0, 2)), np.empty(0, dtype=np.int64)))


def test_probability_zero_costs_a_finite_amount() -> None:
    wrong = Evaluation.from_scores([[1.0, 0.0]], [1], 2, [[1.0, 0.0]])
    assert wrong.nll == pytest.approx(87.3365, abs=1e-3)


def test_calibration_reads_probabilities_and_predictions_read_scores() -> None:
    corrected = np.array([[0.4, 9.0]])  # p / prior predicts class 1
    evaluation = Evaluation.from_scores(corrected, [1], 2, [[0.8, 0.2]])
    assert evaluation.accuracy == 1.0
    assert evaluation.ece == pytest.approx(0.8)
    assert evaluation.nll == pytest.approx(-math.log(0.2))


def test_margins_have_neither() -> None:
    values = Evaluation.from_scores([[-3.0, 2.0], [4.0, 0.0]], [1, 0], 2).values(["nll", "ece"])
    assert values == {"nll": None, "ece": None}


@pytest.mark.parametrize("row", [[0.5, 0.6], [1.5, -0.5], [0.0, 0.0]])
def test_rows_that_are_not_probabilities_are_refused(row: list[float]) -> None:
    with pytest.raises(ArgumentError, match="row 1 is"):
        Evaluation.from_scores([[0.5, 0.5], row], [0, 1], 2, [[0.5, 0.5], row])
