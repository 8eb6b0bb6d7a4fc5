"""What travels from the sampler to the loss: one batch, plain or mixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def class_indices(target: Tensor) -> Tensor:
    """Labels of any integer type, or bool, as int64; dense targets stay as they are.

    torch takes bool and uint8 for masks where it indexes, and some of its functions take int64
    alone. So labels become int64 here, and nothing else need ask.
    """
    return target if target.is_floating_point() or target.is_complex() else target.long()


@dataclass(frozen=True)
class Batch:
    """Inputs and labels of one update; labels of any integer type become int64.

    Args:
        inputs: (B, ...) float, on the device of the model.
        target: (B,) class indices.
        index: (B,) int64 positions in the training set, or None when unknown.
        weight: (B,) float sample weights (scikit-learn's ``sample_weight``, boosting), or None.
    """

    inputs: Tensor
    target: Tensor
    index: Tensor | None = None
    weight: Tensor | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", class_indices(self.target))


@dataclass(frozen=True)
class Mixed:
    """A batch whose samples each carry two labels, as mixup makes them; they become int64.

    The criterion of sample i is ``share_i * l(target_i) + (1 - share_i) * l(other_i)``.

    Args:
        inputs: (B, ...) float, already mixed.
        target: (B,) the label that holds `share`.
        other: (B,) the label that holds ``1 - share``.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", class_indices(self.target))
        object.__setattr__(self, "other", class_indices(self.other))
