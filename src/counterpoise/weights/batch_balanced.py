"""Loss balance over the classes of a batch (LE)."""

from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor

from counterpoise.batch import class_indices
from counterpoise.errors import ArgumentError
from counterpoise.weights.weighting import BaseWeights

TINY = 1e-8  # a class loss below this is not raised further


class BatchBalanced(BaseWeights):
    """Weights that give each class of a batch the same part in its loss.

    Milder than weights by frequency in the training set: a class weighs only in the batches
    that hold it. Nothing is tuned and no class count is needed.

    With mode "count", ``w_i = B / (K_b b_y)`` for b_y samples of class y and K_b classes
    present: the mean of the class means. With "magnitude", ``s_k = sum_j L_j / (K_b L_k)``
    for class losses L_k, without gradient: the class losses become equal and the value is that
    of the plain mean. It needs a loss that is never negative.

    Args:
        num_classes: K.
        mode: "count", which counts labels, or "magnitude", which compares losses; the paper
            can be read either way.
        max_weight: cap of each weight; None is no cap for counts and 10 for magnitudes, which
            otherwise fell to chance on digits. ``inf`` removes it.
        sync: sum counts and losses over all processes; else each balances its own batch.

    Shapes: target (B,) int64, per-sample losses (B,), share (B,) -> (B,).

    Raises:
        ArgumentError: an unknown mode, fewer than two classes, or a cap not above 0.

    Reference: Huang, Song and Lu 2019 (LE).

    >>> target = torch.tensor([0, 0, 0, 0, 1, 1, 2])
    >>> BatchBalanced(num_classes=3).weights(target, torch.ones(7))
    tensor([0.5833, 0.5833, 0.5833, 0.5833, 1.1667, 1.1667, 2.3333])
    """

    corrects_prior = True

    def __init__(
        self,
        num_classes: int,
        *,
        mode: Literal["count", "magnitude"] = "count",
        max_weight: float | None = None,
        sync: bool = False,
    ) -> None:
        super().__init__()
        if mode not in ("count", "magnitude"):
            raise ArgumentError(f'mode is "count" or "magnitude"; got {mode!r}')
        if num_classes < 2:
            raise ArgumentError(f"at least two classes are needed; got {num_classes}")
        if max_weight is not None and not max_weight > 0:
            raise ArgumentError(f"max_weight is above 0, or None; got {max_weight}")
        self.num_classes = num_classes
        self.needs_nonnegative = mode == "magnitude"  # class losses are divided by
        self.mode = mode
        self.max_weight = 10.0 if max_weight is None and mode == "magnitude" else max_weight
        self.sync = sync

    def weights(
        self,
        target: Tensor,
        per_sample: Tensor,
        index: Tensor | None = None,
        share: Tensor | None = None,
    ) -> Tensor:
        """Weights (B,); `share` (B,) is how much of each sample counts, 1 where it is None."""
        cost, target = per_sample.detach(), class_indices(target)
        share = torch.ones_like(cost) if share is None else share.to(cost.dtype)
        counts = self._per_class(target, share)  # (K,)
        here = counts > 0
        num_present = here.sum().clamp_min(1)
        if self.mode == "count":
            factor = counts.sum() / (num_present * counts.where(here, 1))
        else:
            losses = self._per_class(target, share * cost)
            factor = losses.sum() / (num_present * losses.clamp_min(TINY))
        factor = factor.where(here, 0)
        if self.max_weight is not None:
            factor = factor.clamp_max(self.max_weight)
        return factor[target]

    def _per_class(self, target: Tensor, values: Tensor) -> Tensor:
        """Sums (K,) of values (B,), over all processes with `sync`."""
        assert self.num_classes is not None
        total = values.new_zeros(self.num_classes).scatter_add(0, target, values)
        if self.sync and dist.is_available() and dist.is_initialized():
            dist.all_reduce(total)
        return total
