"""The ordinary output layer."""

from torch import nn


class Linear(nn.Linear):
    """One linear score per class, ``W x + b``.

    Args:
        num_features: D, length of a feature vector.
        num_classes: K.
        bias: learn one offset per class.

    Shapes: features (B, D) -> logits (B, K).

    Reference: ``torch.nn.Linear``, whose initialisation and state dict it keeps.

    >>> import torch
    >>> Linear(num_features=4, num_classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    def __init__(self, num_features: int, num_classes: int, *, bias: bool = True) -> None:
        super().__init__(num_features, num_classes, bias=bias)
