"""The decision with the smallest expected cost."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc.checks import FloatArray, check_probabilities
from counterpoise.protocols import Operation, Scores


class MinimumCost:
    """Predict the class whose mistakes cost least by the probabilities given.

    Its probabilities are believed, so calibrate them first (`VectorScaling`, `Temperature`).
    Where a mistake costs the same whatever is predicted, the probability of each class is
    multiplied by that cost. Other scores are the largest cost less the expected one.

    Args:
        counts: unique training samples per class, K of them.
        minority: what it costs to miss a sample of a class that has fewer training samples than
            the average class; any other mistake costs 1. With two classes that is the rarer one.
        costs: (K, K) costs of predicting class j (column) where i is true (row), at least 0, in
            place of `minority`; what is right may cost something, too.

    Shapes: probabilities (N, K) -> scores (N, K), at least 0, which do not sum to 1.

    Raises:
        ArgumentError: `minority` is not above 0, `costs` is no such matrix or costs nothing, or
            both are given.

    Reference: Elkan 2001, eq. 1.

    >>> rule = MinimumCost(ClassCounts((90, 10)), minority=10)
    >>> rule(np.array([[0.8, 0.2], [0.95, 0.05]])).argmax(1)  # the second class from 1 / 11 on
    array([1, 0])
    """

    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(
        self,
        counts: ClassCounts,
        *,
        minority: float = 1.0,
        costs: Sequence[Sequence[float]] | None = None,
    ) -> None:
        if not 0 < minority < np.inf:
            raise ArgumentError(f"minority is a cost above 0; got {minority}")
        if costs is None:
            n = np.array(counts.values, dtype=np.float64)
            if minority != 1 and (n == n[0]).all():
                warnings.warn(
                    "minority is ignored: all classes have equally many training samples",
                    stacklevel=2,
                )
            misses = np.where(n < n.mean(), float(minority), 1.0)
            self.costs = misses[:, None] * (1 - np.eye(len(n)))
        elif minority != 1:
            raise ArgumentError("costs say what every mistake costs; leave minority out")
        else:
            self.costs = _checked(costs, counts.num_classes)

    @property
    def misses(self) -> npt.NDArray[np.float64] | None:
        """What missing each class costs (K,), if that does not depend on what is predicted."""
        costs = self.costs.max(axis=1)
        alike = np.array_equal(self.costs, costs[:, None] * (1 - np.eye(len(costs))))
        return costs if alike else None

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> MinimumCost:
        """Nothing to learn: the costs are known."""
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Scores (N, K) whose argmax costs least, of probabilities (N, K)."""
        probabilities = check_probabilities(scores, len(self.costs))
        misses = self.misses
        if misses is not None:
            return probabilities * misses
        saved: npt.NDArray[np.float64] = probabilities @ (self.costs.max() - self.costs)
        return saved

    def operations(self) -> list[Operation] | None:
        """The same as a chain of plain steps; None where costs depend on what is predicted."""
        misses = self.misses
        return None if misses is None else [("multiply", misses)]

    def describe(self) -> str:
        """One line for reports."""
        misses = self.misses
        if misses is None:
            return "the smallest expected cost by a matrix of costs"
        return f"probabilities times what a miss costs, {misses.min():.3g} to {misses.max():.3g}"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"costs": self.costs.tolist()}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> MinimumCost:
        """The posthoc that `state_dict` came from."""
        self = cls.__new__(cls)
        self.costs = np.asarray(state["costs"], dtype=np.float64)
        return self


def _checked(costs: Sequence[Sequence[float]], num_classes: int) -> npt.NDArray[np.float64]:
    try:
        matrix = np.asarray(costs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"costs are rows of numbers of equal length; {error}") from None
    if matrix.shape != (num_classes, num_classes):
        raise ArgumentError(
            f"costs of {num_classes} classes are ({num_classes}, {num_classes}), a row for each "
            f"true class; got shape {matrix.shape}"
        )
    if not np.isfinite(matrix).all() or (matrix < 0).any() or not matrix.any():
        raise ArgumentError(f"costs are finite and at least 0, and not all 0; got {costs}")
    return matrix
