"""Deferred re-weighting (DRW)."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError, near
from counterpoise.protocols import Weights
from counterpoise.weights.balanced import Balanced
from counterpoise.weights.effective_number import EffectiveNumber
from counterpoise.weights.square_root import SquareRoot
from counterpoise.weights.weighting import BaseWeights

NAMED: dict[str, Callable[..., Weights]] = {
    "Balanced": Balanced,
    "EffectiveNumber": EffectiveNumber,
    "SquareRoot": SquareRoot,
}


class Deferred(BaseWeights):
    """Weight all samples alike at first, and by other weights in the last rounds.

    The features are learned from the data as they are, the boundary is moved at the end. It
    begins only with ``set_epoch(e)``: without it, all samples weigh 1 throughout.

    Args:
        counts: unique training samples per class, K of them.
        rounds: number of rounds of this training.
        start: share of the rounds before the weights begin, in [0, 1]; the paper's is 0.8
            (round 160 of 200).
        weights: the weights that begin then, made already or one of "EffectiveNumber" (the
            paper's choice), "Balanced" and "SquareRoot", made of `counts`.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0. For weights
            given by name; others bring their own.
        max_weight: cap of each of the weights given by name, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a setting outside its range, a class without a sample under "raise", an
            unknown name, or `zero_count` or `max_weight` beside weights made already.

    Reference: Cao et al. 2019, algorithm 1.

    >>> weights = Deferred(ClassCounts((5000, 50)), rounds=10)
    >>> target, cost = torch.tensor([0, 1]), torch.ones(2)
    >>> weights.weights(target, cost)
    tensor([1., 1.])
    >>> weights.set_epoch(8)
    >>> weights.weights(target, cost)
    tensor([0.0250, 1.9750])
    """

    corrects_prior = True
    changes_by_round = True
    begun: Tensor  # () 0 or 1: a buffer, so that a change of round compiles nothing anew

    def __init__(
        self,
        counts: ClassCounts,
        *,
        rounds: int,
        start: float = 0.8,
        weights: Weights | str = "EffectiveNumber",
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        super().__init__()
        if rounds < 1 or not 0 <= start <= 1:
            raise ArgumentError(
                f"rounds is at least 1 and start in [0, 1]; got rounds {rounds}, start {start}"
            )
        if isinstance(weights, str):
            if weights not in NAMED:
                raise ArgumentError(f"no weights named '{weights}' to defer{near(weights, NAMED)}")
            weights = NAMED[weights](counts, zero_count=zero_count, max_weight=max_weight)
        elif zero_count != "raise" or max_weight is not None:
            raise ArgumentError(
                "zero_count and max_weight belong to the given weights; set them there"
            )
        self.inner = weights
        self.needs_nonnegative = weights.needs_nonnegative
        self.num_classes = weights.num_classes
        self.first_round = round(start * rounds)
        self.register_buffer("begun", torch.zeros(()))
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Begin with the weights from round ``start * rounds`` on."""
        self.inner.set_epoch(epoch)
        self.begun.fill_(float(epoch >= self.first_round))

    def weights(
        self,
        target: Tensor,
        per_sample: Tensor,
        index: Tensor | None = None,
        share: Tensor | None = None,
    ) -> Tensor:
        """1 for each sample, or the inner weights (B,) once they have begun."""
        factor = self.inner.weights(target, per_sample, index, share)
        return factor.where(self.begun > 0, 1)
