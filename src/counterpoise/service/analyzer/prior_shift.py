"""The shares that classes have where a model works, and what the model would say knowing them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program

Floats = npt.NDArray[np.float64]

ROUNDS = 1000
CLOSE = 1e-9  # change of a share, below which it is over


def assumed(model: ExportedModel | Program) -> Floats | None:
    """The shares that a model's probabilities stand for (K,).

    None where that is not known: of a program, of margins, of a model that was saved without the
    shares of its training, or that rules after training change.
    """
    described = getattr(model, "described", None)
    if described is None or getattr(described, "prior", None) is None:
        return None
    if described.scores != "logits" or described.posthoc or described.members:
        return None
    prior = np.array(described.prior, np.float64)
    if described.prior_factor is not None:
        prior = prior * np.array(described.prior_factor)
    return None if not (prior > 0).all() else prior / prior.sum()


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


def moved(probabilities: Floats, stands_for: Floats, shares: Floats) -> Floats:
    """Probabilities (N, K) as they are where the classes have other shares.

    The same as `Predictor.with_prior`. (Saerens et al. 2002, eq. 2.4)
    """
    rows = probabilities * (shares / stands_for)
    total = rows.sum(axis=1, keepdims=True)
    return np.where(total > 0, rows / np.where(total > 0, total, 1), probabilities)
