"""What travels from the sampler to the loss: one batch, plain or mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Inputs and labels of one update.

    Args:
        inputs: (B, ...) float, on the device of the model.
        target: (B,) int64 class indices.
        index: (B,) int64 positions in the training set, or None when unknown.
        weight: (B,) float sample weights (scikit-learn's ``sample_weight``, boosting), or None.
    """

    inputs: Tensor
    target: Tensor
    index: Tensor | None = None
    weight: Tensor | None = None


@dataclass(frozen=True)
class Mixed:
    """A batch whose samples each carry two labels, as mixup makes them.

    The criterion of sample i is ``share_i * l(target_i) + (1 - share_i) * l(other_i)``.

    Args:
        inputs: (B, ...) float, already mixed.
        target: (B,) int64, the label that holds `share`.
        other: (B,) int64, the label that holds ``1 - share``.
        share: (B,) float in [0, 1].
        index: (B,) int64 positions of the `target` samples, or None.
        weight: (B,) float sample weights, or None.
    """

    inputs: Tensor
    target: Tensor
    other: Tensor
    share: Tensor
    index: Tensor | None = None
    weight: Tensor | None = None
