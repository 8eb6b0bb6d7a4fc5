"""Decisions, probabilities and priors, as arithmetic."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.predict.prediction import Prediction, check_prior, normalise_rows


def test_the_first_of_equal_scores_decides() -> None:
    scores = np.array([[0.2, 0.4, 0.4], [3.0, 1.0, 2.0]])
    prediction = Prediction.from_scores(scores, ("a", "b", "c"), "logits")
    assert prediction.labels.tolist() == [1, 0]
    assert prediction.names == ["b", "a"]
    assert len(prediction) == 2
    assert prediction.probabilities is not None
    np.testing.assert_allclose(prediction.probabilities, [[0.2, 0.4, 0.4], [0.5, 1 / 6, 1 / 3]])


def test_margins_have_no_probabilities() -> None:
    prediction = Prediction.from_scores(np.array([[-1.0, -3.0]]), ("a", "b"), "margins")
    assert prediction.probabilities is None
    assert prediction.names == ["a"]


def test_a_row_without_any_score_is_uniform() -> None:
    assert normalise_rows(np.zeros((1, 4))).tolist() == [[0.25] * 4]


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        ([0.5, 0.5], "each of the 3 classes; got 2"),
        ([0.5, 0.7, -0.2], "at least 0"),
        ([0.5, 0.5, float("nan")], "at least 0"),
        ([0.5, 0.5, 0.5], "sums to 1; got 1.5"),
    ],
)
def test_what_is_no_prior_is_refused(prior: list[float], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        check_prior(prior, 3, "prior")


def test_a_prior_typed_with_a_few_digits_is_taken() -> None:
    assert check_prior([0.3333333, 0.3333333, 0.3333333], 3, "prior").sum() == pytest.approx(1)


def test_a_prior_read_back_is_the_same_to_the_last_bit() -> None:
    once = check_prior([0.7, 0.2, 0.1], 3, "prior")
    assert check_prior(once.tolist(), 3, "prior").tolist() == once.tolist()
