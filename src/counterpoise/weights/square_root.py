"""Inverse square root of the class frequency."""

from typing import Literal

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.weights.class_weights import ClassWeights, present


class SquareRoot(ClassWeights):
    """Weight each class by ``1 / sqrt(n_k)``, scaled so that the weights sum to K.

    Half as strong as `Balanced` on a logarithmic scale: rare classes are raised, frequent
    ones still weigh more in total.

    Args:
        counts: unique training samples per class, K of them.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0, and K is
            the number of classes present.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a class has no sample under "raise", or `max_weight` is not above 0.

    Reference: Mahajan et al. 2018, section 2.2 (as a sampling rate).

    >>> SquareRoot(ClassCounts((900, 100))).class_weights
    tensor([0.5000, 1.5000])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        n, here = present(counts, "SquareRoot", zero_count)
        values = np.zeros_like(n)
        values[here] = n[here] ** -0.5
        super().__init__(values * here.sum() / values.sum(), max_weight)
