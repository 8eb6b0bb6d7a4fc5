"""Costs that are reduced in the pass that makes them: in small batches autograd takes the time."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.losses.loss import NEVER, Reduction, reduced, require_samples

LARGE = 2**20  # logits in a batch, from which memory costs more than an autograd node


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


class KnownGradient(torch.autograd.Function):
    """Costs (B,) with their gradient by `inputs` (B,) or (B, K), both worked out beforehand.

    The backward pass is one product, and `slope` a constant in it: a second derivative would miss
    a term without a word, so ``create_graph=True`` is refused.

    Args:
        inputs: what the gradient flows to; its values are not read.
        cost: (B,).
        slope: derivative of each sample's cost, shaped as `inputs`, in the type of `cost`.
        reduction: how `cost` is reduced.

    Raises:
        ArgumentError: in the backward pass, with ``create_graph=True``.
    """

    @staticmethod
    def forward(
        ctx: Any, inputs: Tensor, cost: Tensor, slope: Tensor, reduction: Reduction
    ) -> Tensor:
        ctx.save_for_backward(slope)
        ctx.reduction = reduction
        return reduced(cost, reduction)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        _refuse_second_derivatives()
        (slope,) = ctx.saved_tensors
        if ctx.reduction == "mean":
            grad = grad / len(slope)
        elif ctx.reduction == "none" and slope.ndim == 2:
            grad = grad[:, None]
        return slope * grad, None, None, None


def adjusted_cross_entropy(
    logits: Tensor,
    adjusted: Tensor,
    target: Tensor,
    reduction: Reduction,
    factor: Tensor | None = None,
) -> Tensor:
    """Cross-entropy of `adjusted`, ``factor * logits`` plus constants: made of `source(logits)`.

    Large batches take one buffer less and have no second derivative; values and gradients are
    the same but for rounding.
    """
    if logits.numel() < LARGE:
        return cross_entropy(adjusted, target, reduction)
    log_p = torch.log_softmax(adjusted, 1)
    cost = F.nll_loss(log_p, target, reduction="none", ignore_index=NEVER)
    result: Tensor = _Softmax.apply(logits, log_p, target, cost, factor, reduction)
    return result


def source(logits: Tensor) -> Tensor:
    """What to make adjusted logits of: where the batch is large, without a gradient."""
    return logits if logits.numel() < LARGE else logits.detach()


class _Softmax(torch.autograd.Function):
    """Cross-entropy whose backward pass holds two buffers of the logits' size, not three."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Tensor,
        log_p: Tensor,
        target: Tensor,
        cost: Tensor,
        factor: Tensor | None,
        reduction: Reduction,
    ) -> Tensor:
        ctx.save_for_backward(log_p, target, factor)
        ctx.reduction = reduction
        return reduced(cost, reduction)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        _refuse_second_derivatives()
        log_p, target, factor = ctx.saved_tensors
        if ctx.reduction == "mean":
            grad = grad / len(log_p)
        column = grad.expand(len(log_p))[:, None]
        result = log_p.exp().mul_(column)
        result.scatter_add_(1, target[:, None], -column)
        if factor is not None:
            result.mul_(factor)
        return result, None, None, None, None, None


def _refuse_second_derivatives() -> None:
    if torch.is_grad_enabled() and not torch.compiler.is_compiling():
        raise ArgumentError(
            "this loss has first derivatives alone; its backward pass got create_graph=True "
            "(leave that out, or take CrossEntropy, which has second ones)"
        )
