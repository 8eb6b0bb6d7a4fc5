"""Complement cross-entropy: cross-entropy with flat wrong classes as a second aim."""

import warnings
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import logsigmoid

from counterpoise.errors import ArgumentError
from counterpoise.losses.per_sample import PerSampleLoss, Reduction, prepare


class ComplementCrossEntropy(PerSampleLoss):
    """Cross-entropy less the entropy of the probabilities of the wrong classes.

    ``CE - gamma H / (K - 1)``: a large H, all wrong classes alike, is rewarded, so the loss
    may be negative. With two classes there is one wrong class, H is 0, and this is
    cross-entropy.

    Args:
        gamma: weight of the complement entropy, 0 or more; the paper's value is 1 in size
            (it writes -1 before an added term).
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K), K at least 3 to have an effect; target (B,) int64.

    Raises:
        ArgumentError: `gamma` is negative.

    Reference: Kim et al. 2021; the complement entropy is Chen et al. 2019, eq. 2.

    >>> import torch
    >>> logits = torch.tensor([[4.0, 0.0, 0.0], [4.0, 0.69, -7.0]])  # flat, one rival
    >>> ComplementCrossEntropy(reduction="none")(logits, torch.tensor([0, 0]))
    tensor([-0.3106,  0.0339])
    """

    nonnegative = False

    def __init__(self, *, gamma: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        if not gamma >= 0:
            raise ArgumentError(f"gamma is 0 or more; got {gamma}")
        self.gamma = float(gamma)

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        logits = prepare(logits, target)
        num_classes = logits.shape[1]
        if num_classes == 2:
            warnings.warn(
                "the complement entropy of two classes is always 0; this is cross-entropy",
                stacklevel=2,
            )
        cost: Tensor = _Complement.apply(logits, target, self.gamma / (num_classes - 1))
        return cost


class _Complement(torch.autograd.Function):
    """Both entropies from one softmax r, over the wrong classes, in three logits-sized buffers.

    With M the logsumexp of the wrong logits, cross-entropy is ``log(1 + exp(M - z_y))`` and the
    probabilities of the wrong classes are ``r * sigmoid(M - z_y)``.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, target: Tensor, factor: float) -> Tensor:
        column = target[:, None]
        wrong = logits.scatter(1, column, -torch.inf)
        log_r = torch.log_softmax(wrong, 1)
        rival = wrong.amax(1) - log_r.amax(1)  # M, from the entry where nothing cancels
        del wrong
        # The true class gets log r = 0 before the product: masked afterwards, 0 * inf is NaN.
        log_r.scatter_(1, column, 0.0)
        entropy = -torch.einsum("bk,bk->b", log_r.exp(), log_r)
        lead = logits.gather(1, column)[:, 0] - rival
        ctx.save_for_backward(log_r, entropy, lead, target)
        ctx.factor = factor
        return -logsigmoid(lead) - factor * entropy

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        log_r, entropy, lead, target = ctx.saved_tensors
        miss = torch.sigmoid(-lead)  # 1 - p_y
        level = grad * (miss + ctx.factor * entropy)
        slope = torch.addcmul(level[:, None], log_r, (ctx.factor * grad)[:, None])
        slope.mul_(log_r.exp())
        return slope.scatter_(1, target[:, None], -(grad * miss)[:, None]), None, None
