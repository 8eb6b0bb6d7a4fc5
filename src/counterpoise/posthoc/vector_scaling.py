"""Vector scaling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.errors import ArgumentError
from counterpoise.posthoc.checks import (
    FloatArray,
    check_probabilities,
    check_target,
    log_probabilities,
    mean_nll,
    softmax,
)
from counterpoise.protocols import Operation, Scores


class VectorScaling:
    """A factor and an offset per class, learned on validation by maximum likelihood.

    ``softmax(w_k log p_k + b_k)``. Unlike `Temperature` it changes decisions, and it has 2K
    numbers to learn: a small ridge pulls w to 1 and b to 0, so that a class with a few
    validation samples does not run away.

    Args:
        ridge: weight of ``mean((w - 1)^2 + b^2)``, 0 or more.

    Shapes: probabilities (N, K) -> probabilities (N, K).

    Raises:
        ArgumentError: `ridge` is negative, or it is called before `fit`.

    Reference: Guo et al. 2017, section 4.2 (matrix and vector scaling).

    >>> probabilities = np.array([[0.9, 0.1]] * 4)
    >>> scaled = VectorScaling(ridge=0.0).fit(probabilities, np.array([0, 1, 1, 1]))
    >>> scaled(probabilities)[0].round(2)
    array([0.25, 0.75])
    """

    revision = 2  # scored on validation out of fold
    learns_on_validation = True
    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(self, *, ridge: float = 1e-3) -> None:
        if not ridge >= 0:
            raise ArgumentError(f"ridge is 0 or more; got {ridge}")
        self.ridge = float(ridge)
        self.scale: npt.NDArray[np.float64] | None = None  # w, (K,)
        self.offset: npt.NDArray[np.float64] | None = None  # b, (K,)

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> VectorScaling:
        """Find w and b on validation probabilities (N, K) and labels (N,)."""
        from scipy.optimize import minimize  # takes half a second; only fitting needs it

        probabilities = check_probabilities(scores)
        labels = check_target(probabilities, target)
        logits = log_probabilities(probabilities)
        num, num_classes = logits.shape
        start = np.concatenate([np.ones(num_classes), np.zeros(num_classes)])

        def objective(x: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
            scaled = logits * x[:num_classes] + x[num_classes:]
            residual = softmax(scaled)
            residual[np.arange(num), labels] -= 1
            slope = np.concatenate([(residual * logits).sum(0), residual.sum(0)]) / num
            away = x - start
            value = mean_nll(scaled, labels) + self.ridge * float(away @ away) / num_classes
            return value, slope + 2 * self.ridge * away / num_classes

        found = minimize(objective, start, jac=True, method="L-BFGS-B")
        self.scale, self.offset = found.x[:num_classes], found.x[num_classes:]
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Probabilities (N, K) after scaling, rows summing to 1."""
        if self.scale is None or self.offset is None:
            raise ArgumentError("VectorScaling learns on validation; call fit before")
        probabilities = check_probabilities(scores, len(self.scale))
        return softmax(log_probabilities(probabilities) * self.scale + self.offset)

    def operations(self) -> list[Operation] | None:
        """The same as a chain of plain steps."""
        if self.scale is None or self.offset is None:
            return None
        moved: list[Operation] = [("multiply", self.scale), ("add", self.offset)]
        return [("log", None), *moved, ("softmax", None)]

    def describe(self) -> str:
        """One line for reports."""
        return "a factor and an offset per class, by maximum likelihood on validation"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {
            "ridge": self.ridge,
            "scale": None if self.scale is None else self.scale.tolist(),
            "offset": None if self.offset is None else self.offset.tolist(),
        }

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> VectorScaling:
        """The posthoc that `state_dict` came from."""
        self = cls(ridge=float(state["ridge"]))
        if state["scale"] is not None:
            self.scale = np.asarray(state["scale"], dtype=np.float64)
            self.offset = np.asarray(state["offset"], dtype=np.float64)
        return self
