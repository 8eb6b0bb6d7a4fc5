"""One factor per class, held as a buffer: what all class weights share."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.batch import class_indices
from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights.weighting import BaseWeights


class ClassWeights(BaseWeights):
    """Weights that depend on the class alone, in each round.

    Args:
        values: (K,) non-negative factors.
        max_weight: cap of each factor, or None.
    """

    corrects_prior = True
    class_weights: Tensor  # (K,) float32, of the current round

    def __init__(self, values: npt.NDArray[np.float64], max_weight: float | None = None) -> None:
        super().__init__()
        self.num_classes = len(values)
        self.register_buffer("class_weights", as_buffer(capped(values, max_weight)))

    def weights(
        self,
        target: Tensor,
        per_sample: Tensor,
        index: Tensor | None = None,
        share: Tensor | None = None,
    ) -> Tensor:
        """Factor of each sample's class: target (B,) int64 -> (B,)."""
        return self.class_weights[class_indices(target)]

    def per_class(self) -> Tensor:
        """Factor of each class in this round, (K,)."""
        return self.class_weights


def as_buffer(values: npt.NDArray[np.float64]) -> Tensor:
    """float32 (K,), rounded once."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32))


def capped(values: npt.NDArray[np.float64], max_weight: float | None) -> npt.NDArray[np.float64]:
    """Factors no larger than `max_weight`; the others are not raised in return."""
    if max_weight is None:
        return values
    if not max_weight > 0:
        raise ArgumentError(f"max_weight is above 0, or None for no cap; got {max_weight}")
    return np.minimum(values, max_weight)


def present(
    counts: ClassCounts, who: str, zero_count: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Counts (K,) float64 and which classes have samples, after the zero-count rule."""
    counts.require_present(who, zero_count)
    values = np.asarray(counts.values, dtype=np.float64)
    return values, values > 0
