"""From a model's outputs to the scores whose largest is the class: rules, and a place's prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError
from counterpoise.predict.prediction import Prior, check_prior, normalise_rows
from counterpoise.protocols import Posthoc, Scores

Rows = npt.NDArray[np.float64]


def decided(outputs: Rows, posthoc: Sequence[Posthoc], scores: Scores, factor: Rows | None) -> Rows:
    """Scores (N, K) of raw outputs, whose argmax is the predicted class.

    Args:
        outputs: (N, K), logits or margins.
        posthoc: fitted decision rules, applied in order.
        scores: what the outputs are; of logits the rules see the softmax.
        factor: (K,) by which probabilities are multiplied after the rules.
    """
    if scores == "margins":
        return _ruled(outputs, posthoc)
    shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    found = _ruled(shifted / shifted.sum(axis=1, keepdims=True), posthoc)
    return found if factor is None else normalise_rows(normalise_rows(found) * factor)


def prior_factor(prior: Rows, target: Rows, posthoc: Sequence[Posthoc]) -> Rows:
    """By what the probability of each class is multiplied where the classes have other shares.

    ``target / assumed``, where `assumed` is the prior of training times what the rules make of a
    row that prefers no class, which is the correction that they apply; 0 of a class that training
    lacked. (Saerens et al. 2002)

    Args:
        prior: (K,) shares that were seen in training.
        target: (K,) shares of the place.
        posthoc: the decision rules.
    """
    num_classes = len(prior)
    assumed = prior * _ruled(np.full((1, num_classes), 1 / num_classes), posthoc)[0]
    factor: Rows = np.zeros(num_classes)
    np.divide(target, assumed, out=factor, where=assumed > 0)
    return factor


def checked_prior(
    prior: Prior, trained: Rows | None, classes: Sequence[str], scores: Scores
) -> Rows:
    """Shares (K,) of a place, which a model can be used with.

    Args:
        prior: the shares.
        trained: (K,) those that the model saw in training.
        classes: their names.
        scores: what the model makes.

    Raises:
        ArgumentError: the model makes margins, does not know its training prior, or `prior` does
            not fit.
    """
    if scores == "margins":
        raise ArgumentError(
            "a prior re-weights probabilities; this model makes margins, which have none"
        )
    if trained is None:
        raise ArgumentError("this predictor was saved without the prior it was trained at")
    target = check_prior(prior, len(classes), "prior")
    unseen = [classes[int(k)] for k in np.flatnonzero((trained == 0) & (target > 0))]
    if unseen:
        raise ArgumentError(
            f"classes without a training sample have no prior to change: {', '.join(unseen)}"
        )
    return target


def _ruled(scores: Rows, posthoc: Sequence[Posthoc]) -> Rows:
    for rule in posthoc:
        scores = np.asarray(rule(scores), dtype=np.float64)
    return scores
