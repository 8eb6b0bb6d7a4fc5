"""One learned factor per class on top of a trained classifier."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LearnableScale(nn.Linear):
    """A linear layer times one factor per class, learned in a stage of its own.

    The factors begin at 1. In the first stage train everything but ``head.scale``, in the
    second ``head.scale`` alone, on class-balanced draws; trained together they say nothing.

    Args:
        num_features: D, length of a feature vector.
        num_classes: K.
        bias: learn one offset per class; the factor multiplies it too.

    Shapes: features (B, D) -> logits (B, K).

    Reference: Kang et al. 2020, eq. 5 (LWS).

    >>> head = LearnableScale(num_features=4, num_classes=3)
    >>> [name for name, _ in head.named_parameters()]
    ['weight', 'bias', 'scale']
    """

    def __init__(self, num_features: int, num_classes: int, *, bias: bool = True) -> None:
        super().__init__(num_features, num_classes, bias=bias)
        self.scale = nn.Parameter(torch.ones(num_classes))

    def forward(self, input: Tensor) -> Tensor:
        return F.linear(input, self.weight, self.bias) * self.scale
