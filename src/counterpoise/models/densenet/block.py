"""Dense blocks: layers that read the maps of all layers before them."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.models.densenet.function import DenseFunction
from counterpoise.models.densenet.plan import Layer
from counterpoise.models.densenet.workspace import is_exported, outside_compiler

Memory = Literal["naive", "efficient"]


class DenseLayer(nn.Module):
    """BatchNorm, ReLU and a 3x3 convolution to `growth` maps, behind a 1x1 convolution or not.

    Args:
        num_inputs: maps that come in.
        growth: maps that it adds, k.
        inner: maps of the bottleneck, the 1x1 convolution; 0 for none.
        dropout: share of the new values that training drops.
    """

    def __init__(self, num_inputs: int, growth: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(num_inputs)
        if inner:
            self.conv1 = nn.Conv2d(num_inputs, inner, 1, bias=False)
            self.norm2 = nn.BatchNorm2d(inner)
            self.conv2 = nn.Conv2d(inner, growth, 3, padding=1, bias=False)
        else:
            self.conv1 = nn.Conv2d(num_inputs, growth, 3, padding=1, bias=False)
        self.inner = inner
        self.dropout = nn.Dropout(dropout) if dropout else None

    def steps(self) -> Layer:
        """Its BatchNorms and convolutions in order, and what drops out now."""
        steps = [(self.norm1, self.conv1)]
        if self.inner:
            steps.append((self.norm2, self.conv2))
        dropout = self.dropout
        return Layer(steps, dropout.p if dropout is not None and dropout.training else 0.0)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = inputs
        for norm, conv in self.steps().steps:
            maps = conv(F.relu(norm(maps), inplace=True))
        return maps if self.dropout is None else self.dropout(maps)


class DenseBlock(nn.ModuleDict):
    """Layers in a row, each reading the input and the maps of all layers before it.

    Args:
        num_layers: n.
        num_inputs: maps that come in.
        growth: maps that each layer adds; the block gives ``num_inputs + n * growth``.
        inner: see `DenseLayer`.
        dropout: see `DenseLayer`.
        memory: what is kept for the backward pass: "naive", all that torch keeps, which grows
            with the square of n; "efficient", the maps alone (and bottlenecks).

    >>> DenseBlock(3, 8, growth=4)(torch.zeros(2, 8, 5, 5)).shape
    torch.Size([2, 20, 5, 5])
    """

    def __init__(
        self,
        num_layers: int,
        num_inputs: int,
        *,
        growth: int,
        inner: int = 0,
        dropout: float = 0.0,
        memory: Memory = "efficient",
    ) -> None:
        super().__init__()
        self.memory = memory
        for k in range(num_layers):
            layer = DenseLayer(num_inputs + k * growth, growth, inner, dropout)
            self.add_module(f"denselayer{k + 1}", layer)

    def forward(self, inputs: Tensor) -> Tensor:
        layers = [layer for layer in self.values() if isinstance(layer, DenseLayer)]
        if self.memory == "efficient" and not is_exported():
            given = [layer.steps() for layer in layers]
            return outside_compiler(DenseFunction, given, inputs, *parameters(given))
        maps = [inputs]
        for layer in layers:
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)


def parameters(layers: list[Layer]) -> list[Tensor]:
    """BatchNorm's weight and bias and the kernel of every step, as `DenseFunction` takes them."""
    return [
        tensor
        for layer in layers
        for norm, conv in layer.steps
        for tensor in (norm.weight, norm.bias, conv.weight)
    ]
