"""LeNet-5 as Buda et al. trained it: two convolutions, two linear layers, one ReLU."""

from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.initialise import caffe_xavier

SMALLEST = 16  # 16 -> 12 -> 6 -> 2 -> 1


class LeNet5(nn.Module):
    """The backbone of LeNet-5: images (B, C, H, W) to features (B, 500).

    The only ReLU follows the first linear layer; the convolutions have none, as in the paper.
    With a linear head of 10 classes on 28x28x1 it has 431 080 parameters. Other sizes are
    accepted from 16x16 up, and change the number of inputs of the first linear layer.
    (Buda et al. 2018, table 2)

    Args:
        input_shape: (C, H, W).

    Raises:
        ArgumentError: not an image, or below 16 pixels in a direction.

    >>> import torch
    >>> LeNet5((1, 28, 28))(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 500])
    """

    num_features = 500

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
            raise ArgumentError(
                f"lenet5 takes images (C, H, W) of at least {SMALLEST}x{SMALLEST} pixels; got "
                f"shape {tuple(input_shape)} (use small-cnn, or a larger --size)"
            )
        channels, height, width = input_shape
        self.conv1 = nn.Conv2d(channels, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(50 * _after(height) * _after(width), 500)
        self.relu = nn.ReLU()
        caffe_xavier(self)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.pool(self.conv1(inputs))  # (B, 20, 12, 12) at 28x28
        maps = self.pool(self.conv2(maps))  # (B, 50, 4, 4)
        features: Tensor = self.relu(self.fc(maps.flatten(1)))
        return features


def _after(pixels: int) -> int:
    """Pixels left in one direction after two 5-wide convolutions, each halved."""
    return ((pixels - 4) // 2 - 4) // 2
