"""Label-distribution-aware margins."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.losses.fused import adjusted_cross_entropy, source
from counterpoise.losses.loss import BaseLoss, Reduction, prepare


class LDAM(BaseLoss):
    """Cross-entropy whose margin grows as a class gets rarer.

    The margin of class j is proportional to ``n_j^(-1/4)``; the rarest class gets
    `max_margin`. The scale belongs to the head: pass the head's scale here too, so that the
    margin is subtracted from the cosine before it is scaled.

    Args:
        counts: unique training samples per class, K of them.
        max_margin: margin of the rarest class, above 0; the paper's value is 0.5.
        scale: factor that the head has already applied to its cosines; the paper's value is 30,
            on a `Cosine` head with ``scale=30``. 1 for a head without a scale.
        zero_count: "raise" for a class without a sample, or "ignore": its margin is 0.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64.

    Raises:
        ArgumentError: a class without a sample, or a setting that is not above 0.

    Reference: Cao et al. 2019, eq. 13.

    >>> LDAM(ClassCounts((1600, 100))).margins
    tensor([0.2500, 0.5000])
    """

    margins: Tensor  # (K,)

    def __init__(
        self,
        counts: ClassCounts,
        *,
        max_margin: float = 0.5,
        scale: float = 1.0,
        zero_count: Literal["raise", "ignore"] = "raise",
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        counts.require_present("LDAM", zero_count)
        if not max_margin > 0 or not scale > 0:
            raise ArgumentError(
                f"max_margin and scale are above 0; got max_margin {max_margin}, scale {scale}"
            )
        n = np.asarray(counts.values, dtype=np.float64)
        raw = np.power(n, -0.25, where=n > 0, out=np.zeros_like(n))
        margins = raw * (max_margin / raw.max())
        self.scale = float(scale)
        self.register_buffer("margins", torch.from_numpy(margins.astype(np.float32)))

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        exact, target = prepare(logits, target, len(self.margins))
        plain = source(exact)
        margin = self.margins.index_select(0, target).mul_(-self.scale).to(plain.dtype)  # (B,)
        lowered = plain.scatter_add(1, target[:, None], margin[:, None])
        return adjusted_cross_entropy(logits, lowered, target, reduction)
