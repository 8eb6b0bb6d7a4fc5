"""Vector scaling loss."""

from typing import Literal

import numpy as np
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses.loss import Reduction
from counterpoise.losses.prior_softmax import PriorSoftmax, log_prior


class VS(PriorSoftmax):
    """Cross-entropy of ``delta_k z_k + tau log prior_k``, stretched and shifted.

    ``delta_k = (n_k / n_max)^gamma`` shrinks the logits of rare classes while training, so
    that they are learned larger. Predict with the plain logits.

    Args:
        counts: unique training samples per class, K of them.
        gamma: exponent of the factor, 0 or more; 0 is `LogitAdjusted`.
        tau: strength of the shift, 0 or more; 0 with gamma 0 is cross-entropy.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out of the
            softmax.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64.

    Raises:
        ArgumentError: a class without a sample, or a negative `gamma` or `tau`.

    Reference: Kini et al. 2021, eq. 2 and section 5.

    >>> VS(ClassCounts((1000, 10)), gamma=0.5).delta
    tensor([1.0000, 0.1000])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        gamma: float = 0.2,
        tau: float = 0.5,
        zero_count: Literal["raise", "ignore"] = "raise",
        reduction: Reduction = "mean",
    ) -> None:
        if not gamma >= 0 or not tau >= 0:
            raise ArgumentError(f"gamma and tau are 0 or more; got gamma {gamma}, tau {tau}")
        logs = log_prior(counts, "VS", zero_count)
        shift = np.where(np.isfinite(logs), tau * logs, -np.inf)
        n = np.asarray(counts.values, dtype=np.float64)
        super().__init__(shift, reduction, np.where(n > 0, (n / n.max()) ** gamma, 1.0))

    @property
    def delta(self) -> Tensor:
        """Factor of each class's logit, (K,)."""
        assert self.factor is not None
        return self.factor
