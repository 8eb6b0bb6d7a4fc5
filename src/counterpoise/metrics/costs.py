"""What each mistake costs: a matrix, or one number for each class that is missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from counterpoise.metrics.confusion import Confusion

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Costs:
    """What it costs to predict class j where class i is true.

    With thousands of classes a matrix is large, so where only the missed class counts it is kept
    as one number for each.

    Args:
        misses: (K,) cost of a mistake on each true class, whatever is predicted; or
        matrix: (K, K), rows true; what is right may cost something, too.

    >>> costs = Costs.of_rule((90, 10), minority=10)
    >>> costs.of(np.array([0, 0, 1]), np.array([0, 1, 0]))
    array([ 0.,  1., 10.])
    >>> costs.mean(Confusion.from_dense([[80, 10], [4, 6]]))
    0.5
    """

    misses: Floats | None = None
    matrix: Floats | None = None

    @classmethod
    def of_rule(
        cls,
        counts: Sequence[int],
        minority: float | None = None,
        matrix: Sequence[Sequence[float]] | None = None,
    ) -> Costs:
        """By a matrix, or where `minority` is the cost of missing a class below the average.

        Args:
            counts: (K,) training samples by class.
            minority: cost of missing a sample of a class that has fewer than the average class;
                any other mistake costs 1, as in `counterpoise.posthoc.MinimumCost`.
            matrix: (K, K) in its place.
        """
        if matrix is not None:
            return cls(matrix=np.asarray(matrix, dtype=np.float64))
        assert minority is not None
        n = np.asarray(counts, dtype=np.float64)
        return cls(misses=np.where(n < n.mean(), float(minority), 1.0))

    @property
    def num_classes(self) -> int:
        """K."""
        return len(self.misses if self.matrix is None else self.matrix)  # type: ignore[arg-type]

    def of(self, true: npt.NDArray[np.int64], predicted: npt.NDArray[np.int64]) -> Floats:
        """Cost of each prediction, (N,), of labels (N,)."""
        if self.matrix is not None:
            found: Floats = self.matrix[true, predicted]
            return found
        assert self.misses is not None
        return np.where(true == predicted, 0.0, self.misses[true])

    def mean(self, confusion: Confusion) -> float:
        """Expected cost of a sample; NaN without samples. (Elkan 2001, section 1)"""
        total = int(confusion.counts.sum())
        if not total:
            return float("nan")
        return float((self.of(confusion.rows, confusion.columns) * confusion.counts).sum() / total)

    def dense(self) -> Floats:
        """The matrix (K, K), rows true."""
        if self.matrix is not None:
            return self.matrix
        assert self.misses is not None
        return self.misses[:, None] * (1 - np.eye(len(self.misses)))
