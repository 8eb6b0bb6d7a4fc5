"""What the passes through a dense block know beside tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from counterpoise.models.densenet import norm_conv
from counterpoise.models.densenet.norm_conv import Settings


class Layer(NamedTuple):
    """Its one or two steps, and the share of its maps' values that is dropped in this pass."""

    steps: list[tuple[nn.BatchNorm2d, nn.Conv2d]]
    dropout: float


@dataclass(frozen=True)
class Plan:
    """Sizes and settings, the same forward and backward.

    Args:
        num_inputs: maps of the block's input.
        growth: maps that a layer adds.
        widest: the most maps that any step reads.
        dtype: of the convolutions.
        settings: of every layer's steps.
        dropout: of every layer.
    """

    num_inputs: int
    growth: int
    widest: int
    dtype: torch.dtype
    settings: list[list[Settings]]
    dropout: list[float]

    @property
    def by_batch(self) -> bool:
        """Whether any layer normalises the block's maps by the batch."""
        return any(first.batch for first, *_ in self.settings)

    @property
    def steps(self) -> int:
        """Steps of a layer."""
        return len(self.settings[0])

    def width(self, layer: int) -> int:
        """Maps that a layer reads; of the number of layers, those of the whole block."""
        return self.num_inputs + layer * self.growth


def plan_of(layers: list[Layer], inputs: Tensor, dtype: torch.dtype) -> Plan:
    """As the layers are now, for inputs (B, C, H, W) and convolutions in `dtype`."""
    return Plan(
        num_inputs=inputs.shape[1],
        growth=layers[0].steps[-1][1].out_channels,
        widest=max(norm.num_features for layer in layers for norm, _ in layer.steps),
        dtype=dtype,
        settings=[[norm_conv.settings(*step) for step in layer.steps] for layer in layers],
        dropout=[layer.dropout for layer in layers],
    )
