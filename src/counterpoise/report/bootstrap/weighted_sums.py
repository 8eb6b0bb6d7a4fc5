"""Sums of sample weights by class, bin or threshold, for many sets of weights at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats32 = npt.NDArray[np.float32]


class WeightedSums:
    """Adds ``values[i] * weights[samples[i]]`` into row ``rows[i]``.

    Args:
        rows: (m,) row of each entry, below `num_rows`.
        samples: (m,) sample of each entry, below `num_samples`.
        values: (m,) factor of each entry; 1 when left out.

    >>> sums = WeightedSums(np.array([0, 0, 1]), np.array([0, 1, 2]), num_rows=2, num_samples=3)
    >>> sums(np.array([[1.0], [2.0], [4.0]], dtype=np.float32)).tolist()
    [[3.0], [4.0]]
    """

    def __init__(
        self,
        rows: npt.NDArray[np.int64],
        samples: npt.NDArray[np.int64],
        values: Floats32 | None = None,
        *,
        num_rows: int,
        num_samples: int,
    ) -> None:
        entries: Floats32 = np.ones(len(rows), dtype=np.float32) if values is None else values
        self._matrix = sparse.csr_array((entries, (rows, samples)), shape=(num_rows, num_samples))

    def __call__(self, weights: Floats32) -> Floats32:
        """Weights (n, r) -> sums (num_rows, r)."""
        return np.asarray(self._matrix @ weights, dtype=np.float32)
