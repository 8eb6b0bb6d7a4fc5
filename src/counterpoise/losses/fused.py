"""Losses that reduce in the pass that prices: in small batches an autograd node costs most."""

from abc import ABC, abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from counterpoise.losses.per_sample import NEVER, Reduction, check_reduction, require_samples
from counterpoise.protocols import Scores


class FusedLoss(nn.Module, ABC):
    """A loss that is told how its costs will be reduced.

    Args:
        reduction: "mean" over the B samples, "sum", or "none".
    """

    scores: Scores = "logits"
    nonnegative = True

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__()
        self.reduction = check_reduction(reduction)

    @abstractmethod
    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        """Cost of a batch: logits (B, K), target (B,) int64 -> () or (B,)."""

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cost of each sample: logits (B, K), target (B,) int64 -> (B,)."""
        return self.cost(logits, target, "none")

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Reduced cost: logits (B, K), target (B,) int64 -> () or (B,)."""
        return self.cost(logits, target, self.reduction)


def cross_entropy(
    logits: Tensor, target: Tensor, reduction: Reduction, label_smoothing: float = 0.0
) -> Tensor:
    """``-log softmax(logits)[target]``, reduced, in one fused pass."""
    if reduction == "mean":
        require_samples(target)
    return F.cross_entropy(
        logits,
        target,
        reduction=reduction,
        ignore_index=NEVER,
        label_smoothing=label_smoothing,
    )


def reduced(cost: Tensor, reduction: Reduction) -> Tensor:
    """Costs (B,) -> their mean or sum (), or a view of them."""
    if reduction == "none":
        return cost.view_as(cost)
    if reduction == "sum":
        return cost.sum()
    require_samples(cost)
    return cost.mean()


class KnownGradient(torch.autograd.Function):
    """Costs (B,) with their gradient by `inputs` (B,) or (B, K), both worked out beforehand.

    The backward pass is one product. There is no second derivative: torch refuses it.

    Args:
        inputs: what the gradient flows to; its values are not read.
        cost: (B,).
        slope: derivative of each sample's cost, shaped as `inputs`, in the type of `cost`.
        reduction: how `cost` is reduced.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, cost: Tensor, slope: Tensor, reduction: Reduction
    ) -> Tensor:
        ctx.save_for_backward(slope)
        ctx.reduction = reduction
        return reduced(cost, reduction)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = ctx.saved_tensors
        if ctx.reduction == "mean":
            grad = grad / len(slope)
        elif ctx.reduction == "none" and slope.ndim == 2:
            grad = grad[:, None]
        return slope * grad, None, None, None
