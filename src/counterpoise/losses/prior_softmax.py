"""Softmax cross-entropy of logits that carry the class prior."""

from abc import ABC

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.losses.fused import adjusted_cross_entropy, source
from counterpoise.losses.loss import BaseLoss, Reduction, prepare, reduced


class PriorSoftmax(BaseLoss, ABC):
    """Cross-entropy of ``factor * z + shift``; what the members of this family share.

    A class without a sample has shift -inf: it is left out of the softmax, and a sample of it
    costs 0.

    Args:
        shift: (K,) added to the logits.
        reduction: "mean" over the B samples, "sum", or "none".
        factor: (K,) that the logits are multiplied by before; None for 1.
    """

    corrects_prior = True
    shift: Tensor  # (K,)
    factor: Tensor | None  # (K,)
    here: Tensor | None  # (K,) bool; None when all classes are present

    def __init__(
        self,
        shift: npt.NDArray[np.float64],
        reduction: Reduction,
        factor: npt.NDArray[np.float64] | None = None,
    ) -> None:
        super().__init__(reduction=reduction)
        here = torch.from_numpy(np.isfinite(shift))
        self.register_buffer("shift", torch.from_numpy(shift.astype(np.float32)))
        stretch = None if factor is None else torch.from_numpy(factor.astype(np.float32))
        self.register_buffer("factor", stretch)
        self.register_buffer("here", None if bool(here.all()) else here)

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        exact, target = prepare(logits, target, len(self.shift))
        plain = source(exact)
        shift = self.shift.to(plain.dtype)
        factor = None if self.factor is None else self.factor.to(plain.dtype)
        adjusted = plain + shift if factor is None else torch.addcmul(shift, plain, factor)
        if self.here is None:
            return adjusted_cross_entropy(logits, adjusted, target, reduction, factor)
        cost = adjusted_cross_entropy(logits, adjusted, target, "none", factor)
        return reduced(cost.where(self.here[target], 0), reduction)


def log_prior(counts: ClassCounts, who: str, zero_count: str) -> npt.NDArray[np.float64]:
    """Log of each class's share (K,), -inf for a class without a sample."""
    counts.require_present(who, zero_count)
    prior = counts.prior
    return np.log(prior, where=prior > 0, out=np.full_like(prior, -np.inf))
