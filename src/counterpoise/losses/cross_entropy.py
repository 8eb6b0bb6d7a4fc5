"""Softmax cross-entropy, with label smoothing and dense targets."""

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.losses.fused import cross_entropy
from counterpoise.losses.loss import BaseLoss, Reduction, at_least_float32, check_logits, prepare


class CrossEntropy(BaseLoss):
    """Softmax cross-entropy ``-log p_y`` of each sample.

    A target of -100 is not skipped, as torch does unasked: pass `ignore_index` to `Weighted`.
    Computed in at least float32 and returned so, whatever the logits' type.

    Args:
        label_smoothing: share of the target spread evenly over all K classes, in [0, 1).
        reduction: "mean" over the B samples, "sum", or "none".

    Shapes: logits (B, K); target (B,) int64, or (B, K) probabilities when unweighted.

    Raises:
        ArgumentError: `label_smoothing` outside [0, 1), or shapes that do not fit.

    Reference: label smoothing, Szegedy et al. 2016, section 7.

    >>> import torch
    >>> logits = torch.tensor([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0]])
    >>> CrossEntropy(reduction="none")(logits, torch.tensor([0, 2]))
    tensor([0.4076, 2.4076])
    """

    def __init__(self, *, label_smoothing: float = 0.0, reduction: Reduction = "mean") -> None:
        super().__init__(reduction=reduction)
        if not 0.0 <= label_smoothing < 1.0:
            raise ArgumentError(f"label_smoothing is in [0, 1); got {label_smoothing}")
        self.label_smoothing = float(label_smoothing)

    def cost(self, logits: Tensor, target: Tensor, reduction: Reduction) -> Tensor:
        if target.shape == logits.shape and target.is_floating_point():
            check_logits(logits)
            logits = at_least_float32(logits)
            target = target.to(logits.dtype)
            if not self.label_smoothing:  # 0 log 0 is 0; else a class without a chance costs inf
                impossible = (target == 0) & (logits == -torch.inf)
                logits = logits.masked_fill(impossible, torch.finfo(logits.dtype).min)
        else:
            logits, target = prepare(logits, target)
        return cross_entropy(logits, target, reduction, self.label_smoothing)
