"""What all losses share: checks by shape and type alone, float32 inside, one reduction."""

from abc import ABC
from typing import Literal

import torch
from torch import Tensor, nn

from counterpoise.batch import class_indices
from counterpoise.errors import ArgumentError
from counterpoise.protocols import Scores

Reduction = Literal["mean", "sum", "none"]
NEVER = -(2**31)  # torch drops targets of -100 unasked; ignoring belongs to `Weighted` alone


class BaseLoss(nn.Module, ABC):
    """A loss with one cost per sample, and one reduction of them.

    A member implements `per_sample`; or `cost`, where it can reduce in the pass that makes the
    costs: in small batches each autograd node counts.

    Args:
        reduction: "mean" over the B samples, "sum", or "none".
    """

    scores: Scores = "logits"  # or "margins": what the loss takes the model's outputs for
    nonnegative = True  # whether no cost is ever below 0

    def __init__(self, *, reduction: Reduction = "mean") -> None:
        super().__init__()
        own = type(self)
        if own.per_sample is BaseLoss.per_sample and own.cost is BaseLoss.cost:
            raise TypeError(
                f"{own.__name__} implements neither per_sample nor cost; a loss needs one"
            )
        self.reduction = check_reduction(reduction)

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        """Cost of each sample: logits (B, K), target (B,) int64 -> (B,)."""
        return self.cost(logits, target, "none")

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        """Cost of a batch: logits (B, K), target (B,) int64 -> () or (B,)."""
        return reduced(self.per_sample(logits, target), reduction)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """Reduced cost: logits (B, K), target (B,) int64 -> () or (B,)."""
        return self.cost(logits, target, self.reduction)

    def set_epoch(self, epoch: int) -> None:
        """Tell which round begins, counted from 0. Nothing: all rounds are alike."""


def check_reduction(reduction: Reduction) -> Reduction:
    """The reduction, or an error that names the three."""
    if reduction not in ("mean", "sum", "none"):
        raise ArgumentError(f'reduction is "mean", "sum" or "none"; got {reduction!r}')
    return reduction


def require_samples(cost: Tensor) -> None:
    """Refuse the mean of an empty batch, which would be 0 / 0."""
    if cost.shape[0] == 0:
        raise ArgumentError(
            'an empty batch has no mean; got 0 samples (skip it, or use reduction="sum")'
        )


def reduced(cost: Tensor, reduction: Reduction) -> Tensor:
    """Costs (B,) -> their mean or sum (), or a view of them."""
    if reduction == "none":
        return cost.view_as(cost)
    if reduction == "sum":
        return cost.sum()
    require_samples(cost)
    return cost.mean()


def prepare(
    logits: Tensor, target: Tensor, num_classes: int | None = None
) -> tuple[Tensor, Tensor]:
    """Check logits (B, K) and hard labels (B,); logits in at least float32, labels int64.

    Only shapes and types are looked at: reading values would stall a GPU.

    Raises:
        ArgumentError: dense prediction, one-logit binary, dense targets, or a number of
            logits that is not `num_classes`.
    """
    check_logits(logits, num_classes)
    target = class_indices(target)
    if target.shape != logits.shape[:1] or target.dtype != torch.int64:
        raise ArgumentError(
            f"targets are class indices, integers of shape ({logits.shape[0]},); got "
            f"{target.dtype} of shape {tuple(target.shape)} (dense targets: unweighted "
            "CrossEntropy alone)"
        )
    return at_least_float32(logits), target


def check_logits(logits: Tensor, num_classes: int | None = None) -> None:
    """Refuse anything but one row of two or more logits for each sample."""
    if logits.ndim != 2:
        raise ArgumentError(
            f"logits have shape (B, K), one row per sample; got {tuple(logits.shape)} "
            "(dense prediction and regression are out of scope)"
        )
    if logits.shape[1] < 2:
        raise ArgumentError(
            f"at least two logits per sample are needed; got {logits.shape[1]} (for binary "
            "problems use two outputs, not one)"
        )
    if num_classes is not None and logits.shape[1] != num_classes:
        raise ArgumentError(
            f"this loss was made for {num_classes} classes; got {logits.shape[1]} logits per sample"
        )


def at_least_float32(logits: Tensor) -> Tensor:
    """float16 and bfloat16 become float32; float32 and float64 stay."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
