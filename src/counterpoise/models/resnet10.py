"""ResNet-10 of Simon et al., the ImageNet network of Buda et al. 2018."""

from torch import Tensor, nn
from torch.nn import functional as F

from counterpoise.errors import ArgumentError
from counterpoise.models.initialise import msra

SMALLEST = 32  # 32 -> 16 -> 8 -> 4 -> 2 -> 1
WIDTHS = (64, 128, 256, 512)


class ResNet10(nn.Module):
    """The backbone of ResNet-10: images (B, C, H, W) to features (B, 512).

    Pre-activation units of two convolutions, one for each width, with BatchNorm on the input
    data. Pooling is in Caffe's ceil mode, so 112 becomes 56. The first convolution is the only
    one with a bias. With a linear head of 1000 classes on RGB it has 5 417 070 parameters.
    (Simon et al. 2016; Buda et al. 2018, section 3.2)

    Args:
        input_shape: (C, H, W).

    Raises:
        ArgumentError: not an image, or below 32 pixels in a direction.

    >>> import torch
    >>> ResNet10((3, 64, 64))(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 512])
    """

    num_features = WIDTHS[-1]

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        super().__init__()
        if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
            raise ArgumentError(
                f"resnet10 takes images (C, H, W) of at least {SMALLEST}x{SMALLEST} pixels; got "
                f"shape {tuple(input_shape)} (use small-cnn, or a larger --size)"
            )
        self.data_norm = nn.BatchNorm2d(input_shape[0])
        self.stem = nn.Conv2d(input_shape[0], WIDTHS[0], 7, stride=2, padding=3)
        self.stem_norm = nn.BatchNorm2d(WIDTHS[0])
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        entering = (WIDTHS[0], *WIDTHS[:-1])
        self.units = nn.ModuleList(
            Unit(inner, outer, first=k == 0)
            for k, (inner, outer) in enumerate(zip(entering, WIDTHS, strict=True))
        )
        self.norm = nn.BatchNorm2d(WIDTHS[-1])
        msra(self)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.pool(F.relu(self.stem_norm(self.stem(self.data_norm(inputs)))))
        for unit in self.units:
            maps = unit(maps)
        features: Tensor = F.relu(self.norm(maps)).mean((2, 3))
        return features


class Unit(nn.Module):
    """Two 3x3 convolutions and a shortcut; the first unit has no leading BatchNorm and ReLU.

    Args:
        inner: channels that come in.
        outer: channels that go out; the other units halve the size and project.
        first: identity shortcut, no leading activation.
    """

    def __init__(self, inner: int, outer: int, *, first: bool) -> None:
        super().__init__()
        stride = 1 if first else 2
        self.norm1 = None if first else nn.BatchNorm2d(inner)
        self.conv1 = nn.Conv2d(inner, outer, 3, stride=stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outer)
        self.conv2 = nn.Conv2d(outer, outer, 3, padding=1, bias=False)
        self.project = None if first else nn.Conv2d(inner, outer, 1, stride=stride, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        if self.norm1 is not None:
            maps = F.relu(self.norm1(maps))  # shared by branch and shortcut
        branch: Tensor = self.conv2(F.relu(self.norm2(self.conv1(maps))))
        return branch + (maps if self.project is None else self.project(maps))
