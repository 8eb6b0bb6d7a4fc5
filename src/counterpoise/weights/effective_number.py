"""Class-balanced weights by the effective number of samples."""

from typing import Literal

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights.class_weights import ClassWeights, present


class EffectiveNumber(ClassWeights):
    """Weight each class by ``(1 - b) / (1 - b^n_k)``, scaled to a sum of K.

    The more samples a class has, the less each further one adds; b says how soon. 0 weighs
    all classes alike, and b towards 1 approaches inverse frequency.

    Args:
        counts: unique training samples per class, K of them.
        beta: b in [0, 1); the paper tries 0.9, 0.99, 0.999 and 0.9999.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0, and K is
            the number of classes present.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a class has no sample under "raise", or a setting outside its range.

    Reference: Cui et al. 2019, eq. 2 and section 4.1.

    >>> EffectiveNumber(ClassCounts((5000, 50)), beta=0.9).class_weights  # both saturated
    tensor([0.9974, 1.0026])
    >>> EffectiveNumber(ClassCounts((5000, 50)), beta=0.9999).class_weights
    tensor([0.0250, 1.9750])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        beta: float = 0.9999,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        if not 0 <= beta < 1:
            raise ArgumentError(f"beta is in [0, 1); got {beta}")
        n, here = present(counts, "EffectiveNumber", zero_count)
        values = np.zeros_like(n)
        # 1 - b^n through expm1: b^n is 1 to the last digit for b near 1 and small n.
        power = n[here] * np.log(beta) if beta else np.full(here.sum(), -np.inf)
        values[here] = (1 - beta) / -np.expm1(power)
        super().__init__(values * here.sum() / values.sum(), max_weight)
