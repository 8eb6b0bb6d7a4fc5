"""Thresholding with priors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from counterpoise.counts import ClassCounts
from counterpoise.posthoc.checks import (
    FloatArray,
    check_prior,
    check_probabilities,
    source_prior,
)
from counterpoise.protocols import Operation, Scores


class PriorThreshold:
    """Divide each class probability by the class's prior in the training set.

    Rows are not renormalised: dividing a column by a constant leaves its one-vs-rest AUC as it
    was, renormalising rows changes it. The priors are those of the unique training samples,
    before any sampler, also when the network was trained on resampled data.

    Args:
        counts: unique training samples per class, K of them.
        prior: (K,) shares to divide by instead of those of `counts`.
        zero_count: "raise" for a class without a sample, or "ignore": its column stays.

    Shapes: probabilities (N, K) -> scores (N, K), which do not sum to 1.

    Raises:
        ArgumentError: a class has no sample under "raise", or `prior` does not fit.

    Reference: Richard and Lippmann 1991; Buda et al. 2018, section 2.2.

    >>> import numpy as np
    >>> threshold = PriorThreshold(ClassCounts((5000, 500, 50)))
    >>> threshold(np.array([[0.7, 0.2, 0.1]])).round(3)
    array([[ 0.777,  2.22 , 11.1  ]])
    """

    corrects_prior = True
    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(
        self,
        counts: ClassCounts,
        *,
        prior: Sequence[float] | None = None,
        zero_count: Literal["raise", "ignore"] = "raise",
    ) -> None:
        share = source_prior(counts, "PriorThreshold", zero_count)
        if prior is not None:
            share = check_prior(prior, counts.num_classes, "prior")
        self.prior = share  # (K,); 0 leaves the column as it is

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> PriorThreshold:
        """Nothing to learn: the priors are known."""
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Probabilities (N, K) divided by the prior, (N, K)."""
        probabilities = check_probabilities(scores, len(self.prior))
        return probabilities / np.where(self.prior > 0, self.prior, 1.0)

    def operations(self) -> list[Operation]:
        """The same as a chain of plain steps."""
        return [("multiply", 1 / np.where(self.prior > 0, self.prior, 1.0))]

    def describe(self) -> str:
        """One line for reports."""
        return "probabilities divided by the training prior"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"prior": self.prior.tolist()}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> PriorThreshold:
        """The posthoc that `state_dict` came from."""
        prior = [float(p) for p in state["prior"]]
        self = cls.__new__(cls)
        self.prior = np.asarray(prior, dtype=np.float64)
        return self
