"""Balanced softmax."""

from typing import Literal

from counterpoise.counts import ClassCounts
from counterpoise.losses.loss import Reduction
from counterpoise.losses.prior_softmax import PriorSoftmax, log_prior


class BalancedSoftmax(PriorSoftmax):
    """Cross-entropy of a softmax in which each class counts by its number of samples.

    ``-log(n_y e^z_y / sum_k n_k e^z_k)``, the same as `LogitAdjusted` with tau 1. Predict
    with the plain softmax of z, and do not correct the prior a second time.

    Args:
        counts: unique training samples per class, K of them.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out of the
            softmax.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64.

    Raises:
        ArgumentError: a class without a sample under "raise".

    Reference: Ren et al. 2020, eq. 4.

    >>> import torch
    >>> loss = BalancedSoftmax(ClassCounts((90, 10)), reduction="none")
    >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))  # -log of 0.9 and of 0.1
    tensor([0.1054, 2.3026])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        zero_count: Literal["raise", "ignore"] = "raise",
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(log_prior(counts, "BalancedSoftmax", zero_count), reduction)
