"""Fully connected networks: a few ReLU layers, or none at all."""

import math
from collections.abc import Sequence

from torch import Tensor, nn

from counterpoise.errors import ArgumentError


class MLP(nn.Module):
    """Linear layers with ReLU: (B, ...) flattened to (B, D), then to the last hidden size.

    Without hidden sizes it only flattens, so that a classifier is its head alone.

    Args:
        input_shape: shape of one sample.
        hidden: units of each hidden layer.
        dropout: share of units dropped in training, after each hidden layer.

    Raises:
        ArgumentError: a hidden size below 1, or dropout outside [0, 1).

    >>> import torch
    >>> MLP((3, 2), hidden=(5,))(torch.zeros(4, 3, 2)).shape
    torch.Size([4, 5])
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        hidden: Sequence[int] = (128, 128),
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if any(units < 1 for units in hidden) or not 0 <= dropout < 1:
            raise ArgumentError(
                "mlp needs hidden sizes >= 1 and 0 <= dropout < 1; got "
                f"{list(hidden)} and {dropout}"
            )
        layers: list[nn.Module] = []
        size = math.prod(input_shape)
        for units in hidden:
            layers += [nn.Linear(size, units), nn.ReLU(inplace=True), nn.Dropout(dropout)]
            size = units
        self.layers = nn.Sequential(*layers)
        self.num_features = size

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = self.layers(inputs.flatten(1))
        return features
