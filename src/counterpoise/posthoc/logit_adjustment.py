"""Logit adjustment after training, from one prior to another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.posthoc.checks import (
    FloatArray,
    check_prior,
    check_probabilities,
    source_prior,
)
from counterpoise.protocols import Operation, Scores


class LogitAdjustment:
    """Multiply each class probability by ``(target prior / source prior)^tau``.

    On logits this is ``z - tau (log source - log target)``. Do not use it on a network that
    was trained with the prior in its loss or on balanced draws: that would correct twice.

    Args:
        counts: unique training samples per class, K of them; the source prior.
        tau: strength, 0 or more; 0 changes nothing, 1 is the paper's Bayes rule.
        source: (K,) prior of training, instead of that of `counts`.
        target: (K,) prior of use; None for all classes alike.
        zero_count: "raise" for a class without a sample, or "ignore": its column stays.

    Shapes: probabilities (N, K) -> scores (N, K), which do not sum to 1.

    Raises:
        ArgumentError: a class has no sample under "raise", a prior does not fit, or `tau` is
            negative.

    Reference: Menon et al. 2021, eq. 9; Saerens et al. 2002, eq. 2.4.

    >>> adjust = LogitAdjustment(ClassCounts((90, 10)))
    >>> adjust(np.array([[0.8, 0.2]])).argmax()  # 0.2 is much for a class of 10 %
    np.int64(1)
    """

    corrects_prior = True
    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(
        self,
        counts: ClassCounts,
        *,
        tau: float = 1.0,
        source: Sequence[float] | None = None,
        target: Sequence[float] | None = None,
        zero_count: Literal["raise", "ignore"] = "raise",
    ) -> None:
        if not tau >= 0:
            raise ArgumentError(f"tau is 0 or more; got {tau}")
        num_classes = counts.num_classes
        before = source_prior(counts, "LogitAdjustment", zero_count)
        if source is not None:
            before = check_prior(source, num_classes, "source")
        after = np.full(num_classes, 1 / num_classes)
        if target is not None:
            after = check_prior(target, num_classes, "target")
        ratio = np.divide(after, before, out=np.ones(num_classes), where=before > 0)
        self.tau = float(tau)
        self.factor: npt.NDArray[np.float64] = ratio**tau  # (K,)

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> LogitAdjustment:
        """Nothing to learn: the priors are known."""
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Probabilities (N, K) times the class factors, (N, K)."""
        adjusted: npt.NDArray[np.float64] = (
            check_probabilities(scores, len(self.factor)) * self.factor
        )
        return adjusted

    def operations(self) -> list[Operation]:
        """The same as a chain of plain steps."""
        return [("multiply", self.factor)]

    def describe(self) -> str:
        """One line for reports."""
        return f"probabilities moved to another prior, tau {self.tau:g}"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"tau": self.tau, "factor": self.factor.tolist()}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> LogitAdjustment:
        """The posthoc that `state_dict` came from."""
        self = cls.__new__(cls)
        self.tau = float(state["tau"])
        self.factor = np.asarray(state["factor"], dtype=np.float64)
        return self
