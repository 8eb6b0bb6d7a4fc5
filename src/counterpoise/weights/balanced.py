"""Inverse class frequency, the weights that everybody tries."""

from typing import Literal

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.weights.class_weights import ClassWeights, present


class Balanced(ClassWeights):
    """Weight each class by ``n / (K n_k)``, so that all weigh the same in total.

    The mean weight over the training set is 1, so the loss keeps its scale; a class with one
    sample gets n / K, which may be thousands: see `max_weight`.

    Args:
        counts: unique training samples per class, K of them.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0, and K is
            the number of classes present.
        max_weight: cap of each weight; the paper has none.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a class has no sample under "raise", or `max_weight` is not above 0.

    Reference: King and Zeng 2001; scikit-learn's ``class_weight="balanced"``.

    >>> from counterpoise.counts import ClassCounts
    >>> Balanced(ClassCounts((900, 100))).class_weights
    tensor([0.5556, 5.0000])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        n, here = present(counts, "Balanced", zero_count)
        values = np.zeros_like(n)
        values[here] = n.sum() / (here.sum() * n[here])
        super().__init__(values, max_weight)
