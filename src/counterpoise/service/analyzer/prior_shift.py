"""The shares that classes have where a model works, and what the model would say knowing them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterpoise.predict import ExportedModel
from counterpoise.predict.exported_model import corrected
from counterpoise.records import ExportRecord
from counterpoise.service.analyzer.program import Program

Floats = npt.NDArray[np.float64]

ROUNDS = 1000
CLOSE = 1e-9  # change of a share, below which it is over
LEAST = 0.05  # of the share that is assumed: what is estimated from few frames is kept above it


def assumed(model: ExportedModel | Program) -> Floats | None:
    """The shares that a model's probabilities stand for (K,).

    None where that is not known: of a program, of margins, of a model that was saved without the
    shares of its training, or that rules after training change.
    """
    described = getattr(model, "described", None)
    return None if described is None else stood_for(described)


def stood_for(described: ExportRecord) -> Floats | None:
    """The same of what export.json says of a model."""
    if getattr(described, "prior", None) is None:
        return None
    if described.scores != "logits" or described.posthoc or described.members:
        return None
    prior = np.array(described.prior, np.float64)
    for factor in (described.prior_factor, described.correction):
        if factor is not None:
            prior = prior * np.array(factor, np.float64)
    whole: Floats = prior / prior.sum()
    return whole if (prior > 0).all() else None


def estimated(probabilities: Floats, stands_for: Floats) -> Floats:
    """The shares of the classes (K,) among frames without labels.

    The most likely ones, given that pictures of a class look as in training and only the shares
    differ. (Saerens et al. 2002, eq. 2.9)

    Args:
        probabilities: (N, K) of the model.
        stands_for: (K,) shares that they assume.
    """
    shares = stands_for.copy()
    for _ in range(ROUNDS):
        new = moved(probabilities, stands_for, shares).mean(axis=0)
        if np.abs(new - shares).max() < CLOSE:
            break
        shares = new
    return shares


def cautious(shares: Floats, stands_for: Floats) -> Floats:
    """Shares that give up no class: a share of zero would have it never be seen again.

    >>> cautious(np.array([1.0, 0.0]), np.array([0.5, 0.5])).round(4).tolist()
    [0.9756, 0.0244]
    """
    kept = np.maximum(shares, LEAST * stands_for)
    found: Floats = kept / kept.sum()
    return found


def moved(probabilities: Floats, stands_for: Floats, shares: Floats) -> Floats:
    """Probabilities (N, K) as they are where the classes have other shares.

    The same as `Predictor.with_prior`. (Saerens et al. 2002, eq. 2.4)
    """
    return corrected(probabilities, shares / stands_for)
