"""Complement cross-entropy: cross-entropy with flat wrong classes as a second aim."""

import warnings

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from counterpoise.errors import ArgumentError
from counterpoise.losses.fused import KnownGradient
from counterpoise.losses.loss import BaseLoss, Reduction, prepare

LOWEST = -1e30  # takes the place of -inf, whose product with its probability 0 is NaN


class ComplementCrossEntropy(BaseLoss):
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

    revision = 2
    nonnegative = False

    def __init__(self, *, gamma: float = 1.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        if not gamma >= 0:
            raise ArgumentError(f"gamma is 0 or more; got {gamma}")
        self.gamma = float(gamma)

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        logits, target = prepare(logits, target)
        num_classes = logits.shape[1]
        if num_classes == 2:
            warnings.warn(
                "the complement entropy of two classes is always 0; this is cross-entropy",
                stacklevel=2,
            )
        cost, slope = _complement(logits.detach(), target, self.gamma / (num_classes - 1))
        result: Tensor = KnownGradient.apply(logits, cost, slope, reduction)
        return result


def _complement(logits: Tensor, target: Tensor, factor: float) -> tuple[Tensor, Tensor]:
    """``CE - factor H`` (B,) and its gradient (B, K) from one softmax r, over the wrong classes.

    With M the logsumexp of the wrong logits, cross-entropy is ``log(1 + exp(M - z_y))`` and the
    probabilities of the wrong classes are ``r * sigmoid(M - z_y)``.
    """
    column = target[:, None]
    wrong = logits.clamp_min(LOWEST).scatter_(1, column, -torch.inf)
    log_r = torch.log_softmax(wrong, 1)
    rival = wrong.amax(1) - log_r.amax(1)  # M, from the entry where nothing cancels
    del wrong
    # The true class gets log r = 0 before the product: masked afterwards, 0 * inf is NaN.
    log_r.scatter_(1, column, 0.0)
    r = log_r.exp()
    gain = factor * torch.linalg.vecdot(r, log_r)  # -factor * H
    lead = logits.gather(1, column)[:, 0] - rival
    miss = torch.sigmoid(-lead)  # 1 - p_y
    slope = log_r.mul_(factor).add_((miss - gain)[:, None]).mul_(r)
    return gain - logsigmoid(lead), slope.scatter_(1, column, -miss[:, None])
