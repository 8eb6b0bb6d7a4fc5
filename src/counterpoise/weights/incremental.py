"""Class weights that grow over training (IWCE)."""

import math
from typing import Literal

import numpy as np
import torch

from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError
from counterpoise.weights.class_weights import ClassWeights, as_buffer, capped, present


class Incremental(ClassWeights):
    """Weights that start near 1 and grow to inverse class frequency.

    ``w^e = alpha w + (1 - alpha)`` with ``alpha = exp((e - E) / T)`` and w of `Balanced`. The
    schedule moves only with ``set_epoch(e)``: without it, weights stay those of round 0.

    Args:
        counts: unique training samples per class, K of them.
        rounds: E, the number of rounds of this training.
        temperature: T in rounds, above 0; None is the paper's 0.2 E.
        reach_final: let the last round, E - 1, have alpha 1; as printed it has exp(-1 / T).
        normalize: "none", or "sum_to_classes": scale to sum K in each round, which shrinks the
            loss when rare classes weigh much.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0, and K is
            the number of classes present.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Raises:
        ArgumentError: a class has no sample under "raise", or a setting outside its range.

    Reference: IWCE (Imam Hussein University 2023), eq. 13 to 16.

    >>> weights = Incremental(ClassCounts((800, 400, 1000)), rounds=200)
    >>> weights.class_weights
    tensor([0.9994, 1.0056, 0.9982])
    >>> weights.set_epoch(199)
    >>> weights.class_weights
    tensor([0.9187, 1.8128, 0.7399])
    """

    changes_by_round = True

    def __init__(
        self,
        counts: ClassCounts,
        *,
        rounds: int,
        temperature: float | None = None,
        reach_final: bool = False,
        normalize: Literal["none", "sum_to_classes"] = "none",
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        if rounds < 1:
            raise ArgumentError(f"rounds is at least 1; got {rounds}")
        if temperature is not None and not temperature > 0:
            raise ArgumentError(f"temperature is above 0 rounds; got {temperature}")
        if normalize not in ("none", "sum_to_classes"):
            raise ArgumentError(f'normalize is "none" or "sum_to_classes"; got {normalize!r}')
        n, here = present(counts, "Incremental", zero_count)
        self._first = here.astype(np.float64)
        self._final = np.zeros_like(n)
        self._final[here] = n.sum() / (here.sum() * n[here])
        self._last = rounds - 1 if reach_final else rounds
        self._temperature = 0.2 * rounds if temperature is None else temperature
        self._normalize = normalize
        self._max_weight = max_weight
        super().__init__(self._first, max_weight)
        self.set_epoch(0)

    def alpha(self, epoch: int) -> float:
        """Share of the final weights in round `epoch`; 1 from the last round on."""
        return math.exp(min(epoch - self._last, 0) / self._temperature)

    def set_epoch(self, epoch: int) -> None:
        """Move the weights to round `epoch`, counted from 0."""
        if epoch < 0:
            raise ArgumentError(f"rounds are counted from 0; got {epoch}")
        alpha = self.alpha(epoch)
        values = alpha * self._final + (1 - alpha) * self._first
        if self._normalize == "sum_to_classes":
            values *= self._first.sum() / values.sum()
        with torch.no_grad():
            self.class_weights.copy_(as_buffer(capped(values, self._max_weight)))
