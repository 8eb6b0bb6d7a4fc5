"""The six-layer CNN under CNUSVM's machines."""

from torch import Tensor, nn

from counterpoise.errors import ArgumentError

SMALLEST = 16  # 16 -> 12 -> 6 -> 2 -> 1


class SixLayerCNN(nn.Module):
    """Two convolutions of five, each pooled by two, and 256 units: (B, C, H, W) to (B, 256).

    The paper counts six layers with the SVM and does not describe them: 32 and 64 channels, the
    256 units and the one ReLU behind these are a reading. (CNUSVM, section III)

    Args:
        input_shape: (C, H, W), H and W at least 16.

    Raises:
        ArgumentError: not an image, or a smaller one.

    >>> import torch
    >>> SixLayerCNN((3, 48, 48))(torch.zeros(2, 3, 48, 48)).shape
    torch.Size([2, 256])
    """

    num_features = 256

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
            raise ArgumentError(
                f"six-layer-cnn takes images (C, H, W) of at least {SMALLEST}x{SMALLEST} pixels; "
                f"got shape {tuple(input_shape)}"
            )
        channels, height, width = input_shape
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 32, 5),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 5),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(64 * _after(height) * _after(width), self.num_features),
            nn.ReLU(),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.layers(inputs)
        return features


def _after(pixels: int) -> int:
    """Pixels left in one direction."""
    return ((pixels - 4) // 2 - 4) // 2
