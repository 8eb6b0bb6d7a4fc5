"""Focal loss, the softmax form."""

from collections.abc import Sequence

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.losses.fused import KnownGradient, cross_entropy
from counterpoise.losses.loss import BaseLoss, Reduction, prepare


class Focal(BaseLoss):
    """Cross-entropy that fades out for samples already classified well.

    Each sample costs ``alpha_y (1 - p_y)^gamma (-log p_y)``. This is the softmax form, one
    probability over K classes, not the K independent sigmoids of the detection code.

    Args:
        gamma: 0 or more; 0 is cross-entropy, the paper's value is 2.
        alpha: one factor for all classes, one per class (K,), or None for 1. The paper's is 0.25,
            of two classes; TLC calls it learned and does not say how, so it is given here.
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64.

    Raises:
        ArgumentError: `gamma` or an `alpha` is negative, or `alpha` has not K values.

    Reference: Lin et al. 2017, eq. 4 and 5.

    >>> import torch
    >>> logits = torch.tensor([[4.0, 0.0], [0.0, 0.0]])  # easy, undecided
    >>> target = torch.tensor([0, 0])
    >>> Focal(gamma=0, reduction="none")(logits, target)
    tensor([0.0181, 0.6931])
    >>> Focal(gamma=2, reduction="none")(logits, target)
    tensor([5.8716e-06, 1.7329e-01])
    """

    revision = 2
    alpha: Tensor | None

    def __init__(
        self,
        *,
        gamma: float = 2.0,
        alpha: float | Sequence[float] | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        values = [] if alpha is None else [alpha] if isinstance(alpha, int | float) else [*alpha]
        if not gamma >= 0 or not all(value >= 0 for value in values):
            raise ArgumentError(f"gamma and alpha are 0 or more; got gamma {gamma}, alpha {alpha}")
        self.gamma = float(gamma)
        self.register_buffer("alpha", None if alpha is None else torch.tensor(values))

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        num_classes = len(self.alpha) if self.alpha is not None and len(self.alpha) > 1 else None
        logits, target = prepare(logits, target, num_classes)
        entropy = cross_entropy(logits, target, "none")  # (B,)
        alpha = self.alpha
        cost, slope = _faded(entropy.detach(), self.gamma)
        if alpha is not None:
            alpha = (alpha if num_classes is None else alpha[target]).to(cost.dtype)
            cost, slope = cost * alpha, slope * alpha
        result: Tensor = KnownGradient.apply(entropy, cost, slope, reduction)
        return result


def _faded(entropy: Tensor, gamma: float) -> tuple[Tensor, Tensor]:
    """``(1 - p)^gamma e`` with e = -log p, and its derivative by e; (B,) each."""
    surplus = torch.expm1(-entropy)  # p - 1
    # Not 1 - exp: that is 0 once p rounds to 1, where a gamma below 1 has no finite gradient.
    miss = (-surplus).clamp_min_(torch.finfo(entropy.dtype).tiny)
    fade = miss**gamma
    cost = fade * entropy
    return cost, torch.addcmul(fade, cost / miss, 1 + surplus, value=gamma)
