"""Logit adjustment during training."""

from typing import Literal

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses.loss import Reduction
from counterpoise.losses.prior_softmax import PriorSoftmax, log_prior


class LogitAdjusted(PriorSoftmax):
    """Cross-entropy of ``z + tau log prior``, so that z need not learn the prior.

    The adjustment is for training alone: predict with the plain logits, and do not correct
    the prior a second time.

    Args:
        counts: unique training samples per class, K of them.
        tau: strength, 0 or more; 0 is cross-entropy, the paper's value is 1.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out of the
            softmax.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64.

    Raises:
        ArgumentError: a class without a sample, or a negative `tau`.

    Reference: Menon et al. 2021, eq. 10.

    >>> import torch
    >>> loss = LogitAdjusted(ClassCounts((90, 10)), reduction="none")
    >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))  # an undecided rare sample costs more
    tensor([0.1054, 2.3026])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        tau: float = 1.0,
        zero_count: Literal["raise", "ignore"] = "raise",
        reduction: Reduction = "mean",
    ) -> None:
        if not tau >= 0:
            raise ArgumentError(f"tau is 0 or more; got {tau}")
        logs = log_prior(counts, "LogitAdjusted", zero_count)
        super().__init__(tau * logs if tau else 0.0 * counts.prior, reduction)
