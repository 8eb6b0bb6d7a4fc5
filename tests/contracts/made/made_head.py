"""Made for tests/contracts/test_four_files.py: head."""

from torch import Tensor, nn


class MadeHead(nn.Linear):
    """A linear layer of half-sized features.

    Args:
        num_features: D.
        num_classes: K.

    Shapes: features (B, D) -> logits (B, K).

    Reference: made for a test.

    >>> MadeHead(4, 3).weight.shape
    torch.Size([3, 4])
    """

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__(num_features, num_classes)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input / 2)
