"""Made for tests/contracts/test_four_files.py: loss."""

from torch import Tensor

from counterpoise.losses.loss import BaseLoss, prepare


class MadeLoss(BaseLoss):
    """Squared distance between the probabilities and the true class.

    Args:
        reduction: "mean", "sum" or "none".

    Shapes: logits (B, K); target (B,) int64.

    Reference: made for a test.

    >>> import torch
    >>> MadeLoss()(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.5000)
    """

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        logits, target = prepare(logits, target)
        chances = logits.softmax(1)
        return chances.square().sum(1) - 2 * chances.gather(1, target[:, None])[:, 0] + 1
