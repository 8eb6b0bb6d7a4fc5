"""Made for tests/contracts/test_four_files.py: weights."""

from typing import Literal

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.weights.class_weights import ClassWeights, present


class MadeWeights(ClassWeights):
    """Weight each class by the fourth root of its rarity.

    Args:
        counts: unique training samples per class, K of them.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Reference: made for a test.

    >>> MadeWeights(ClassCounts((16, 1))).class_weights
    tensor([1., 2.])
    """

    revision = 7

    def __init__(
        self,
        counts: ClassCounts,
        *,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        n, here = present(counts, "MadeWeights", zero_count)
        values = np.zeros_like(n)
        values[here] = (n[here] / n.max()) ** -0.25
        super().__init__(values, max_weight)
