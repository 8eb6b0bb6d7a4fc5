"""Made for tests/contracts/test_four_files.py: posthoc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.posthoc.checks import FloatArray, check_probabilities
from counterpoise.protocols import Operation, Scores


class MadeRule:
    """Halve the probability of class 0.

    Args:
        factor: of class 0.

    Shapes: probabilities (N, K) -> scores (N, K).

    Reference: made for a test.

    >>> MadeRule()(np.array([[0.6, 0.4]]))
    array([[0.3, 0.4]])
    """

    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(self, *, factor: float = 0.5) -> None:
        self.factor = factor
        self.num_classes: int | None = None

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> MadeRule:
        """Learn how many classes there are."""
        self.num_classes = check_probabilities(scores).shape[1]
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Scores (N, K) that decide."""
        table = check_probabilities(scores, self.num_classes)
        return table * self._factors(table.shape[1])

    def operations(self) -> list[Operation] | None:
        """The same as a chain of plain steps."""
        return None if self.num_classes is None else [("multiply", self._factors(self.num_classes))]

    def describe(self) -> str:
        """One line for reports."""
        return "class 0 halved"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"factor": self.factor, "num_classes": self.num_classes}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> MadeRule:
        """The posthoc that `state_dict` came from."""
        self = cls(factor=state["factor"])
        self.num_classes = state["num_classes"]
        return self

    def _factors(self, num_classes: int) -> npt.NDArray[np.float64]:
        return np.where(np.arange(num_classes) == 0, self.factor, 1.0)
