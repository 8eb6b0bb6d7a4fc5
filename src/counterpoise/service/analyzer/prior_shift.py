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
LEAST = 0.05  # of the share in training: what is estimated from few frames is kept above it


def assumed(model: ExportedModel | Program) -> Floats | None:
    """The shares that a model's probabilities stand for (K,).

    None where that is not known: of a program, of margins, of a model that was saved without the
    shares of its training, or that rules after training change.
    """
    described = getattr(model, "described", None)
    return None if described is None else stood_for(described)


def trained_for(model: ExportedModel | Program) -> Floats | None:
    """The same, before it was corrected while it ran."""
    described = getattr(model, "described", None)
    return None if described is None else stood_for(described, is_corrected=False)


def stood_for(described: ExportRecord, *, is_corrected: bool = True) -> Floats | None:
    """The same of what export.json says of a model."""
    if getattr(described, "prior", None) is None:
        return None
    if described.scores != "logits" or described.posthoc or described.members:
        return None
    prior = np.array(described.prior, np.float64)
    factors = (described.prior_factor, described.correction if is_corrected else None)
    for factor in factors:
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


def cautious(shares: Floats, trained_for: Floats) -> Floats:
    """Shares that give up no class: a share of zero would have it never be seen again.

    None is below a twentieth of its share in training, however often a model is corrected; the
    others give in proportion what that takes.

    Args:
        shares: (K,) that sum to 1.
        trained_for: (K,) shares that the model assumes without any correction.

    >>> cautious(np.array([1.0, 0.0]), np.array([0.5, 0.5])).tolist()
    [0.975, 0.025]
    """
    floor = LEAST * trained_for
    found = shares.astype(np.float64)
    is_low = np.zeros(len(found), np.bool_)
    while (is_below := (found < floor) & ~is_low).any():
        is_low |= is_below
        found[is_low] = floor[is_low]
        found[~is_low] = shares[~is_low] * (1 - floor[is_low].sum()) / shares[~is_low].sum()
    return found


def moved(probabilities: Floats, stands_for: Floats, shares: Floats) -> Floats:
    """Probabilities (N, K) as they are where the classes have other shares.

    The same as `Predictor.with_prior`. (Saerens et al. 2002, eq. 2.4)
    """
    return corrected(probabilities, shares / stands_for)
