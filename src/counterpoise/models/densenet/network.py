"""DenseNet for ImageNet and for small images, in memory that grows with its depth alone."""

from __future__ import annotations

from typing import get_args

import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.densenet.block import DenseBlock, Memory
from counterpoise.models.densenet.transition import Transition

BOTTLENECK = 4  # maps of a 1x1 convolution for each that the layer adds (Huang et al. 2017)
LARGE = {  # growth, first maps and layers of each block; Huang et al. 2017, table 1
    "e-densenet121": (32, 64, (6, 12, 24, 16)),
    "e-densenet161": (48, 96, (6, 12, 36, 24)),
    "e-densenet169": (32, 64, (6, 12, 32, 32)),
    "e-densenet201": (32, 64, (6, 12, 48, 32)),
}


class DenseNet(nn.Module):
    """Dense blocks with transitions between them: images (B, C, H, W) to features (B, D).

    Names of parameters and buffers are torchvision's, whatever `memory` is, so state dicts of all
    three fit each other. Outputs and gradients are the same but for rounding.
    (Huang et al. 2017; Pleiss et al. 2017 for the memory)

    Args:
        input_shape: (C, H, W).
        growth: maps that each layer adds, k.
        num_first: maps of the first convolution.
        layers: layers of each block.
        bottleneck: a 1x1 convolution to 4 k maps before each 3x3 one.
        reduction: share of the maps that a transition keeps; 1 keeps all.
        dropout: share of each layer's values that training drops.
        large: begin as for ImageNet, 7x7 and pooling, which leaves a quarter of the size.
        memory: "efficient" keeps the maps of the layers for the backward pass and makes the
            normalised ones again; "naive" keeps all. It has a second derivative.

    Raises:
        ArgumentError: not an image, too small, or a setting out of range.

    >>> import torch
    >>> model = DenseNet((3, 32, 32), growth=4, num_first=8, layers=(2, 2))
    >>> model(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 24])
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        growth: int,
        num_first: int,
        layers: tuple[int, ...],
        bottleneck: bool = False,
        reduction: float = 1.0,
        dropout: float = 0.0,
        large: bool = False,
        memory: Memory = "efficient",
    ) -> None:
        super().__init__()
        smallest = (4 if large else 1) * 2 ** (len(layers) - 1)
        if len(input_shape) != 3 or min(input_shape[1:]) < smallest:
            raise ArgumentError(
                f"this DenseNet takes images (C, H, W) of at least {smallest}x{smallest} pixels; "
                f"got shape {tuple(input_shape)} (use small-cnn, or a larger --size)"
            )
        _check(growth, num_first, layers, reduction, dropout, memory)
        channels = input_shape[0]
        self.features = nn.Sequential()
        if large and channels == 1:
            channels = 3
            self.features.add_module("repeat", _Repeat())
        if large:
            conv = nn.Conv2d(channels, num_first, 7, stride=2, padding=3, bias=False)
            self.features.add_module("conv0", conv)
            self.features.add_module("norm0", nn.BatchNorm2d(num_first))
            self.features.add_module("relu0", nn.ReLU(inplace=True))
            self.features.add_module("pool0", nn.MaxPool2d(3, stride=2, padding=1))
        else:
            conv = nn.Conv2d(channels, num_first, 3, padding=1, bias=False)
            self.features.add_module("conv0", conv)
        width = num_first
        inner = BOTTLENECK * growth if bottleneck else 0
        for k, number in enumerate(layers, start=1):
            block = DenseBlock(
                number, width, growth=growth, inner=inner, dropout=dropout, memory=memory
            )
            self.features.add_module(f"denseblock{k}", block)
            width += number * growth
            if k < len(layers):
                kept = int(width * reduction)
                self.features.add_module(f"transition{k}", Transition(width, kept, memory=memory))
                width = kept
        self.features.add_module("norm5", nn.BatchNorm2d(width))
        self.num_features = width
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, inputs: Tensor) -> Tensor:
        features: Tensor = F.relu(self.features(inputs), inplace=True).mean((2, 3))
        return features


class _Repeat(nn.Module):
    """Grey images as three equal channels, so that weights for RGB fit."""

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs.expand(-1, 3, -1, -1)


def large_densenet(
    name: str, input_shape: tuple[int, ...], *, dropout: float = 0.0, memory: Memory = "efficient"
) -> DenseNet:
    """DenseNet-121, -161, -169 or -201, as torchvision has them.

    >>> large_densenet("e-densenet121", (3, 64, 64)).num_features
    1024
    """
    growth, num_first, layers = LARGE[name]
    return DenseNet(
        input_shape,
        growth=growth,
        num_first=num_first,
        layers=layers,
        bottleneck=True,
        reduction=0.5,
        dropout=dropout,
        large=True,
        memory=memory,
    )


def cifar_densenet(
    input_shape: tuple[int, ...],
    *,
    depth: int = 40,
    growth: int = 12,
    bottleneck: bool = False,
    reduction: float = 1.0,
    dropout: float = 0.0,
    memory: Memory = "efficient",
) -> DenseNet:
    """Three blocks of equal depth for small images; with bottleneck and reduction .5, DenseNet-BC.

    Args:
        input_shape: (C, H, W), from 4x4.
        depth: layers with weights, head included: 3 n + 4, with `bottleneck` 6 n + 4. The
            paper's are 40 and 100 with growth 12, 250 with 24 and 190 with 40.
        growth: see `DenseNet`; the first convolution has 16 maps, or with both, 2 k.
        bottleneck: see `DenseNet`.
        reduction: see `DenseNet`.
        dropout: see `DenseNet`; the paper's is .2 without augmentation.
        memory: see `DenseNet`.

    Raises:
        ArgumentError: a depth that three equal blocks cannot have, or as `DenseNet`.

    >>> sum(p.numel() for p in cifar_densenet((3, 32, 32), depth=40).parameters())
    1015232
    """
    each = 6 if bottleneck else 3
    number, rest = divmod(depth - 4, each)
    if rest or number < 1:
        near = each * max(1, number) + 4
        raise ArgumentError(
            f"the depth of densenet-cifar is {each} n + 4 {'with' if bottleneck else 'without'} "
            f"bottleneck; got {depth} (such as {near} or {near + each})"
        )
    return DenseNet(
        input_shape,
        growth=growth,
        num_first=2 * growth if bottleneck and reduction < 1 else 16,
        layers=(number,) * 3,
        bottleneck=bottleneck,
        reduction=reduction,
        dropout=dropout,
        memory=memory,
    )


def _check(
    growth: int,
    num_first: int,
    layers: tuple[int, ...],
    reduction: float,
    dropout: float,
    memory: str,
) -> None:
    """Say what is wrong with the settings, all at once."""
    faults = []
    if growth < 1 or num_first < 1 or not layers or min(layers) < 1:
        faults.append(f"growth and layers are at least 1; got {growth}, {num_first}, {layers}")
    if not 0 < reduction <= 1:
        faults.append(f"reduction is in (0, 1]; got {reduction}")
    if not 0 <= dropout < 1:
        faults.append(f"dropout is in [0, 1); got {dropout}")
    if memory not in get_args(Memory):
        faults.append(f"memory is 'naive' or 'efficient'; got {memory!r}")
    if faults:
        raise ArgumentError("DenseNet: " + "; ".join(faults))
