"""What a predictor says about some inputs, and how a prior changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError

Prior = Sequence[float] | npt.NDArray[np.float64]

TOLERANCE = 1e-6  # how far a prior's sum may be from 1, since people type a few digits
ROUNDING = 1e-12  # below this a prior is left alone, so that saving it twice changes no bit


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions for N inputs.

    Args:
        labels: (N,) int64, the column with the highest score, the first of equals.
        classes: names of the K classes; index = label.
        scores: (N, K) float64 that decide: probabilities after the decision rule, not
            renormalised, or margins.
        probabilities: (N, K) float64, rows summing to 1, or None for margins.
    """

    labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    scores: npt.NDArray[np.float64]
    probabilities: npt.NDArray[np.float64] | None

    @classmethod
    def from_scores(
        cls, scores: npt.NDArray[np.float64], classes: tuple[str, ...], kind: str
    ) -> Prediction:
        """Predict by the highest score; `kind` is "logits" (of probabilities) or "margins"."""
        probabilities = None if kind == "margins" else normalise_rows(scores)
        return cls(scores.argmax(axis=1).astype(np.int64), classes, scores, probabilities)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def names(self) -> list[str]:
        """Name of the class predicted for each input."""
        return [self.classes[label] for label in self.labels]


def normalise_rows(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Rows (N, K) of non-negative scores, scaled to sum to 1; a row of zeros becomes uniform."""
    total = scores.sum(axis=1, keepdims=True)
    rows = np.full_like(scores, 1 / scores.shape[1])
    np.divide(scores, total, out=rows, where=total > 0)
    return rows


def check_prior(prior: Prior, num_classes: int, what: str) -> npt.NDArray[np.float64]:
    """A prior as float64 (K,).

    Raises:
        ArgumentError: another length, a negative or non-finite share, or a sum other than 1.
    """
    shares = np.array(prior, dtype=np.float64)
    if shares.shape != (num_classes,):
        raise ArgumentError(
            f"{what} has one share for each of the {num_classes} classes; got {shares.size}"
        )
    if not np.isfinite(shares).all() or (shares < 0).any():
        raise ArgumentError(f"{what} has shares of at least 0; got {shares.tolist()}")
    total = float(shares.sum())
    if abs(total - 1) > TOLERANCE:
        raise ArgumentError(f"{what} sums to 1; got {total:.6g} from {shares.tolist()}")
    if abs(total - 1) > ROUNDING:
        shares /= total
    return shares
