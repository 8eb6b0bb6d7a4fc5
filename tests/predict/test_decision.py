"""Rules and priors turn outputs into scores, worked by hand."""

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.predict.decision import checked_prior, decided, prior_factor


class Halved:
    """A rule that halves the score of the first class."""

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        return scores * [0.5, 1.0]


LOGITS = np.log([[3.0, 1.0], [1.0, 1.0]])


def test_logits_become_probabilities_before_the_rules() -> None:
    np.testing.assert_allclose(decided(LOGITS, [], "logits", None), [[0.75, 0.25], [0.5, 0.5]])
    ruled = decided(LOGITS, [Halved()], "logits", None)
    np.testing.assert_allclose(ruled, [[0.375, 0.25], [0.25, 0.5]])
    weighted = decided(LOGITS, [Halved()], "logits", np.array([2.0, 1.0]))
    np.testing.assert_allclose(weighted, [[0.75, 0.25], [0.5, 0.5]])


def test_margins_stay_and_are_not_weighted() -> None:
    found = decided(LOGITS, [Halved()], "margins", np.array([9.0, 1.0]))
    np.testing.assert_array_equal(found, LOGITS * [0.5, 1.0])


def test_the_factor_leaves_out_what_rules_correct_already() -> None:
    prior, target = np.array([0.8, 0.2]), np.array([0.4, 0.6])
    np.testing.assert_allclose(prior_factor(prior, target, []), [1.0, 6.0])
    np.testing.assert_allclose(prior_factor(prior, target, [Halved()]), [2.0, 6.0])
    assert prior_factor(np.array([0.0, 1.0]), np.array([0.0, 1.0]), [])[0] == 0


@pytest.mark.parametrize(
    ("prior", "trained", "scores", "message"),
    [
        ([0.5, 0.5], [0.9, 0.1], "margins", "this model makes margins"),
        ([0.5, 0.5], None, "logits", "without the prior it was trained at"),
        ([0.5, 0.5], [1.0, 0.0], "logits", "without a training sample .* change: dog"),
        ([0.5, 0.2, 0.3], [0.9, 0.1], "logits", "prior"),
    ],
)
def test_what_is_refused(
    prior: list[float], trained: list[float] | None, scores: str, message: str
) -> None:
    held = None if trained is None else np.array(trained)
    with pytest.raises(ArgumentError, match=message):
        checked_prior(prior, held, ["cat", "dog"], scores)
