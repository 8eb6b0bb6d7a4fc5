"""A confusion matrix by its cells that are not zero: memory grows with samples, not with K^2."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError

Counts = npt.NDArray[np.int64]
DENSE = 100  # classes, up to which JSON holds the matrix whole
SMALL = 10_000  # cells of a matrix that may be counted whole, which is faster than sorting


@dataclass(frozen=True, eq=False)
class Confusion:
    """How many samples of each class were predicted as each class, without the zeros.

    Cells are in the order of a dense matrix, row by row, each of them once. The sums and
    equality are those of the dense matrix.

    Args:
        num_classes: K.
        rows: (C,) int64, true class of each cell that is not zero.
        columns: (C,) int64, its predicted class.
        counts: (C,) int64, its number of samples, at least 1.

    >>> confusion = Confusion.from_pairs(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    >>> confusion.hits, confusion.predicted
    (array([1, 1, 0]), array([1, 2, 0]))
    >>> confusion.dense()
    array([[1, 1, 0],
           [0, 1, 0],
           [0, 0, 0]])
    """

    num_classes: int
    rows: Counts
    columns: Counts
    counts: Counts

    @classmethod
    def from_pairs(cls, true: Counts, predicted: Counts, num_classes: int) -> Confusion:
        """Count labels (N,) against predictions (N,).

        Raises:
            ArgumentError: one of either is outside [0, K).
        """
        rows, columns = (_classes(part, num_classes) for part in (true, predicted))
        return cls._from_codes(rows * num_classes + columns, None, num_classes)

    @classmethod
    def from_dense(cls, matrix: npt.ArrayLike) -> Confusion:
        """From (K, K) non-negative integers, rows true.

        Raises:
            ArgumentError: the matrix is not square, or an entry is negative or no integer.
        """
        dense = np.asarray(matrix)
        if dense.ndim != 2 or dense.shape[0] != dense.shape[1]:
            raise ArgumentError(f"a confusion matrix is (K, K); got shape {dense.shape}")
        if dense.dtype.kind not in "iu" or (dense.size and dense.min() < 0):
            raise ArgumentError(
                "a confusion matrix holds non-negative integers; got dtype "
                f"{dense.dtype}, smallest {dense.min(initial=0)}"
            )
        rows, columns = np.nonzero(dense)
        return cls(len(dense), rows, columns, dense[rows, columns].astype(np.int64))

    @classmethod
    def from_cells(
        cls, rows: npt.ArrayLike, columns: npt.ArrayLike, counts: npt.ArrayLike, num_classes: int
    ) -> Confusion:
        """From cells in any order; those of one pair add up.

        Raises:
            ArgumentError: lengths differ, a class is outside [0, K), or a count is negative.
        """
        cells = [np.asarray(part, dtype=np.int64).reshape(-1) for part in (rows, columns, counts)]
        if len({len(part) for part in cells}) != 1:
            raise ArgumentError(
                "rows, columns and counts of a confusion matrix are equally many; got "
                f"{', '.join(str(len(part)) for part in cells)}"
            )
        rows, columns = (_classes(part, num_classes) for part in cells[:2])
        if cells[2].size and int(cells[2].min()) < 0:
            raise ArgumentError(
                f"counts of a confusion matrix are not negative; got {int(cells[2].min())}"
            )
        return cls._from_codes(rows * num_classes + columns, cells[2], num_classes)

    @classmethod
    def total(cls, parts: Iterable[Confusion]) -> Confusion:
        """Sum of at least one matrix over the same classes."""
        added = list(parts)
        return cls.from_cells(
            np.concatenate([part.rows for part in added]),
            np.concatenate([part.columns for part in added]),
            np.concatenate([part.counts for part in added]),
            added[0].num_classes,
        )

    @classmethod
    def _from_codes(cls, codes: Counts, counts: Counts | None, num_classes: int) -> Confusion:
        """From ``row * K + column`` (N,), each counted once or `counts` times."""
        if counts is None and num_classes**2 <= max(len(codes), SMALL):
            summed = np.bincount(codes, minlength=num_classes**2)
            found = np.arange(len(summed))
        else:
            found, where = np.unique(codes, return_inverse=True)
            summed = np.zeros(len(found), dtype=np.int64)
            np.add.at(summed, where, 1 if counts is None else counts)
        some = summed > 0
        rows, columns = np.divmod(found[some], num_classes)
        return cls(num_classes, rows, columns, summed[some])

    @cached_property
    def hits(self) -> Counts:
        """Samples of each class that are predicted as it, (K,)."""
        right = self.rows == self.columns
        return self._by_class(self.rows[right], self.counts[right])

    @cached_property
    def true(self) -> Counts:
        """Samples of each class, (K,)."""
        return self._by_class(self.rows, self.counts)

    @cached_property
    def predicted(self) -> Counts:
        """Predictions of each class, (K,)."""
        return self._by_class(self.columns, self.counts)

    def as_json(self) -> list[list[int]] | dict[str, int | list[int]]:
        """Rows of numbers up to 100 classes; beyond, the cells that are not zero.

        >>> Confusion.from_dense(np.eye(2, dtype=np.int64)).as_json()
        [[1, 0], [0, 1]]
        >>> Confusion.from_pairs(np.array([7]), np.array([9]), 8142).as_json()
        {'num_classes': 8142, 'rows': [7], 'columns': [9], 'counts': [1]}
        """
        if self.num_classes <= DENSE:
            whole: list[list[int]] = self.dense().tolist()
            return whole
        return {
            "num_classes": self.num_classes,
            "rows": self.rows.tolist(),
            "columns": self.columns.tolist(),
            "counts": self.counts.tolist(),
        }

    def dense(self) -> Counts:
        """The matrix (K, K) int64, rows true; 530 MB for 8142 classes."""
        matrix = np.zeros((self.num_classes, self.num_classes), dtype=np.int64)
        matrix[self.rows, self.columns] = self.counts
        return matrix

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Confusion):
            return NotImplemented
        return self.num_classes == other.num_classes and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("rows", "columns", "counts")
        )

    def _by_class(self, classes: Counts, counts: Counts) -> Counts:
        summed = np.zeros(self.num_classes, dtype=np.int64)
        np.add.at(summed, classes, counts)
        return summed


def _classes(given: npt.NDArray[np.integer], num_classes: int) -> Counts:
    if given.size and not 0 <= int(given.min()) <= int(given.max()) < num_classes:
        raise ArgumentError(
            f"rows and columns of a confusion matrix are in 0..{num_classes - 1} for "
            f"{num_classes} classes; got {int(given.min())}..{int(given.max())}"
        )
    return given.astype(np.int64, copy=False)
