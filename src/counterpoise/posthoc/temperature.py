"""Temperature scaling."""

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

LOWEST, HIGHEST = 0.01, 100.0


class Temperature:
    """Flatten or sharpen all probabilities by one number, learned on validation.

    ``softmax(z / T)``, which is ``p^(1/T)`` with rows summing to 1. No decision changes; only
    how sure the model says it is. T is in [0.01, 100], where the validation NLL is lowest.

    Args:
        temperature: T before `fit`, above 0.

    Shapes: probabilities (N, K) -> probabilities (N, K).

    Raises:
        ArgumentError: `temperature` is not above 0.

    Reference: Guo et al. 2017, eq. 9.

    >>> probabilities = np.array([[0.99, 0.01]] * 4)  # sure, and wrong one time in four
    >>> scaled = Temperature().fit(probabilities, np.array([0, 0, 0, 1]))
    >>> scaled(probabilities)[0].round(2)
    array([0.75, 0.25])
    """

    revision = 2  # scored on validation out of fold
    learns_on_validation = True
    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(self, *, temperature: float = 1.0) -> None:
        if not temperature > 0:
            raise ArgumentError(f"temperature is above 0; got {temperature}")
        self.temperature = float(temperature)
        self.num_classes: int | None = None

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> Temperature:
        """Find T on validation probabilities (N, K) and labels (N,)."""
        from scipy.optimize import minimize_scalar  # takes half a second; only fitting needs it

        probabilities = check_probabilities(scores)
        labels = check_target(probabilities, target)
        logits = log_probabilities(probabilities)
        # Convex in 1 / T; searched in its logarithm, so that halves and doubles are alike.
        found = minimize_scalar(
            lambda power: mean_nll(logits * np.exp(power), labels),
            bounds=(-np.log(HIGHEST), -np.log(LOWEST)),
            method="bounded",
            options={"xatol": 1e-9},
        )
        self.temperature = float(np.exp(-found.x))
        self.num_classes = probabilities.shape[1]
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Probabilities (N, K) at temperature T, rows summing to 1."""
        probabilities = check_probabilities(scores, self.num_classes)
        return softmax(log_probabilities(probabilities) / self.temperature)

    def operations(self) -> list[Operation]:
        """The same as a chain of plain steps."""
        return [("log", None), ("multiply", np.array(1 / self.temperature)), ("softmax", None)]

    def describe(self) -> str:
        """One line for reports."""
        return f"temperature {self.temperature:.3g}"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"temperature": self.temperature, "num_classes": self.num_classes}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> Temperature:
        """The posthoc that `state_dict` came from."""
        self = cls(temperature=float(state["temperature"]))
        self.num_classes = state["num_classes"]
        return self
