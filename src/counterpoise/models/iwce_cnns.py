"""The two small networks of IWCE, for ten numbers and for windows of an accelerometer."""

import math

from torch import Tensor, nn

from counterpoise.errors import ArgumentError

SHORTEST = 39  # steps: 39 -> 30 -> 10 -> 1


class QuantilesCNN(nn.Module):
    """A 1-D CNN over the numbers of a vector, (B, D), to features (B, 16); others are flattened.

    Two convolutions of 32 and 64 channels that keep the length, one pooling by two, and linear
    layers of 128 and 16 units with dropout .2 between them, ReLU after each. With a linear head of
    3 classes on 10 numbers it has 47 491 parameters.
    (IWCE 2023, table 5; the padding is not printed, and is "same" here)

    Args:
        input_shape: (D,), D at least 2.

    Raises:
        ArgumentError: a single number.

    >>> import torch
    >>> QuantilesCNN((10,))(torch.zeros(2, 10)).shape
    torch.Size([2, 16])
    """

    num_features = 16

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        length = math.prod(input_shape)
        if length < 2:
            raise ArgumentError(
                f"iwce-quantiles takes at least 2 numbers; got shape {tuple(input_shape)}"
            )
        self.layers = nn.Sequential(
            nn.Conv1d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.ConstantPad1d((0, 1), 0.0),  # with a kernel of two, "same" is lopsided
            nn.Conv1d(32, 64, 2),
            nn.ReLU(),
            nn.MaxPool1d(2),
            nn.Flatten(),
            nn.Linear(64 * (length // 2), 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 16),
            nn.ReLU(),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.layers(inputs.reshape(len(inputs), 1, -1))
        return features


class WisdmCNN(nn.Module):
    """A 1-D CNN over windows of a sensor: (B, C, T) to features (B, 160).

    Convolutions of 100 and 160 channels, ten steps wide, ReLU after each; pooling by three between
    them, the mean over time and dropout .2 behind. With a linear head of 6 classes on windows of
    (3, 80) it has 164 226 parameters. (IWCE 2023, table 7)

    Args:
        input_shape: (C, T), T at least 39.

    Raises:
        ArgumentError: another shape.

    >>> import torch
    >>> WisdmCNN((3, 80))(torch.zeros(2, 3, 80)).shape
    torch.Size([2, 160])
    """

    num_features = 160

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(input_shape) != 2 or input_shape[1] < SHORTEST:
            raise ArgumentError(
                f"iwce-wisdm takes series (C, T) of at least {SHORTEST} steps; got shape "
                f"{tuple(input_shape)}"
            )
        self.layers = nn.Sequential(
            nn.Conv1d(input_shape[0], 100, 10),
            nn.ReLU(),
            nn.MaxPool1d(3),
            nn.Conv1d(100, 160, 10),
            nn.ReLU(),
        )
        self.dropout = nn.Dropout(0.2)

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.dropout(self.layers(inputs).mean(dim=2))
        return features
