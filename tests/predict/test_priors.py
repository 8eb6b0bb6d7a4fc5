"""The same predictor where the classes have other shares."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc import PriorThreshold
from counterpoise.predict import Predictor

Pixels = npt.NDArray[np.uint8]
CLASSES = ("cat", "dog", "owl")
COUNTS = ClassCounts((70, 20, 10))


def test_at_the_training_prior_nothing_changes(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    predictor = made()
    inputs = images(1, 8, 8)
    same = predictor.with_prior(COUNTS.prior).predict(inputs)
    np.testing.assert_allclose(same.scores, predictor.predict(inputs).scores, rtol=1e-12)


def test_a_prior_multiplies_the_odds(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    """Training at odds 70:20 and deployment at 20:70 multiply the odds by 12.25."""
    predictor = made()
    inputs = images(1, 8, 8)
    before = predictor.predict(inputs).scores
    after = predictor.with_prior([0.2, 0.7, 0.1]).predict(inputs)
    odds = (after.scores[:, 1] / after.scores[:, 0]) / (before[:, 1] / before[:, 0])
    np.testing.assert_allclose(odds, 12.25)
    np.testing.assert_allclose(after.scores.sum(1), 1)
    assert predictor.target is None


def test_a_class_that_never_occurs_is_never_decided(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    found = made().with_prior([0.0, 0.5, 0.5]).predict(images(1, 8, 8))
    assert 0 not in found.labels
    assert (found.scores[:, 0] == 0).all()


def test_a_prior_correction_among_the_rules_is_not_applied_twice(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    """Thresholding already stands for equal shares; a prior on top counts from there."""
    plain = made()
    corrected = Predictor(
        plain.classifier,
        plain.preprocess,
        CLASSES,
        posthoc=[PriorThreshold(COUNTS)],
        prior=COUNTS.prior,
    )
    inputs = images(1, 8, 8)
    target = [0.1, 0.2, 0.7]
    np.testing.assert_allclose(
        corrected.with_prior(target).predict(inputs).scores,
        plain.with_prior(target).predict(inputs).scores,
        rtol=1e-10,
    )


@pytest.mark.parametrize(
    ("prior", "words"),
    [([0.5, 0.5], "3 classes; got 2"), ([0.5, 0.5, 0.5], "sums to 1"), ([1.2, -0.2, 0], "least 0")],
)
def test_unfit_priors_are_refused(
    prior: list[float], words: str, made: Callable[..., Predictor]
) -> None:
    with pytest.raises(ArgumentError, match=words):
        made().with_prior(prior)


def test_a_prior_for_a_class_without_samples_is_refused(
    made: Callable[..., Predictor], images: Callable[..., Pixels]
) -> None:
    plain = made()
    predictor = Predictor(plain.classifier, plain.preprocess, CLASSES, prior=[0.5, 0.5, 0.0])
    with pytest.raises(ArgumentError, match="owl"):
        predictor.with_prior([0.4, 0.4, 0.2])
    assert predictor.with_prior([0.3, 0.7, 0.0]).predict(images(1, 8, 8)).labels.max() <= 1
    with pytest.raises(ArgumentError, match="without the prior"):
        Predictor(plain.classifier, plain.preprocess, CLASSES).with_prior([0.5, 0.5, 0.0])
