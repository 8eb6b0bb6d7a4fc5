"""Class weights from a cost matrix."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights.class_weights import ClassWeights, present


class Cost(ClassWeights):
    """Weight each class by what its mistakes cost, with mean 1 over the training set.

    The cost of class i is the sum of its row, ``c_i = sum_j matrix[i][j]``, and its weight
    ``c_i n / sum_j n_j c_j``. Without a matrix a mistake costs ``1 / n_i``, which makes this
    `Balanced`.

    Args:
        counts: unique training samples per class, K of them.
        matrix: (K, K) costs of taking true class i (row) for class j (column), 0 on the
            diagonal.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a class has no sample under "raise", or `matrix` has another shape, a
            negative cost, a diagonal, or a row without a cost.

    Reference: Zhou and Liu 2006, as cost-sensitive training (CSNN, CSCNN).

    >>> counts = ClassCounts((10, 10, 10))
    >>> Cost(counts, matrix=[[0, 1, 1], [3, 0, 3], [5, 5, 0]]).class_weights
    tensor([0.3333, 1.0000, 1.6667])
    """

    def __init__(
        self,
        counts: ClassCounts,
        *,
        matrix: Sequence[Sequence[float]] | None = None,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        n, here = present(counts, "Cost", zero_count)
        costs = np.zeros_like(n)
        costs[here] = 1 / n[here] if matrix is None else _class_costs(matrix, len(n))[here]
        super().__init__(costs * n.sum() / (n * costs).sum(), max_weight)


def _class_costs(matrix: Sequence[Sequence[float]], num_classes: int) -> npt.NDArray[np.float64]:
    try:
        costs = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"a cost matrix has rows of numbers of equal length; {error}") from None
    if costs.shape != (num_classes, num_classes):
        raise ArgumentError(
            f"a cost matrix has one row and column per class, ({num_classes}, {num_classes}); "
            f"got shape {costs.shape}"
        )
    if not np.isfinite(costs).all() or (costs < 0).any() or costs.diagonal().any():
        raise ArgumentError(
            f"costs are finite and 0 or more, 0 on the diagonal; got {costs.tolist()}"
        )
    rows: npt.NDArray[np.float64] = costs.sum(axis=1)
    if not rows.all():
        raise ArgumentError(
            f"each class's mistakes cost something; row {int(np.argmin(rows))} is all 0"
        )
    return rows
