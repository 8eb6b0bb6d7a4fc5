"""All-CNN-C: nine convolutions, no pooling layer but the last average, no linear layer."""

from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.initialise import caffe_xavier

SMALLEST = 9  # 9 -> 5 -> 3 -> 1


class AllCNN(nn.Module):
    """The first eight convolutions of All-CNN-C: images (B, C, H, W) to 192 features.

    Its own head, `MapHead`, scores every place of the 6x6 map and averages then, so for that
    head the features are maps (B, 192, H', W'); `pooled` averages them to (B, 192) for any other.
    With its own head, RGB and 10 classes it has 1 369 738 parameters.
    (Springenberg et al. 2015; Buda et al. 2018, table 3)

    Args:
        input_shape: (C, H, W).
        pooled: average the maps, for a head that takes vectors.
        input_dropout: share of input values dropped in training; the paper's .2.
        dropout: share of maps' values dropped after each strided convolution; the paper's .5.

    Raises:
        ArgumentError: not an image, below 9 pixels in a direction, or dropout outside [0, 1).

    >>> import torch
    >>> AllCNN((3, 32, 32))(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 192, 6, 6])
    """

    num_features = 192

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        pooled: bool = False,
        input_dropout: float = 0.2,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if len(input_shape) != 3 or min(input_shape[1:]) < SMALLEST:
            raise ArgumentError(
                f"all-cnn takes images (C, H, W) of at least {SMALLEST}x{SMALLEST} pixels; got "
                f"shape {tuple(input_shape)} (use small-cnn, or a larger --size)"
            )
        if not (0 <= input_dropout < 1 and 0 <= dropout < 1):
            raise ArgumentError(
                "all-cnn needs input_dropout and dropout in [0, 1); got "
                f"{input_dropout} and {dropout}"
            )
        self.conv1 = nn.Conv2d(input_shape[0], 96, 3, padding=1)
        self.conv2 = nn.Conv2d(96, 96, 3, padding=1)
        self.conv3 = nn.Conv2d(96, 96, 3, stride=2, padding=1)
        self.conv4 = nn.Conv2d(96, 192, 3, padding=1)
        self.conv5 = nn.Conv2d(192, 192, 3, padding=1)
        self.conv6 = nn.Conv2d(192, 192, 3, stride=2, padding=1)
        self.conv7 = nn.Conv2d(192, 192, 3)
        self.conv8 = nn.Conv2d(192, 192, 1)
        self.relu = nn.ReLU(inplace=True)
        self.input_dropout = nn.Dropout(input_dropout)
        self.dropout = nn.Dropout(dropout)
        self.pooled = pooled
        caffe_xavier(self)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.input_dropout(inputs)
        for conv in (self.conv1, self.conv2, self.conv3):
            maps = self.relu(conv(maps))
        maps = self.dropout(maps)
        for conv in (self.conv4, self.conv5, self.conv6):
            maps = self.relu(conv(maps))
        maps = self.dropout(maps)
        for conv in (self.conv7, self.conv8):
            maps = self.relu(conv(maps))
        features: Tensor = maps.mean((2, 3)) if self.pooled else maps
        return features


class MapHead(nn.Module):
    """All-CNN's own head: a 1x1 convolution to K maps, ReLU, average over the places.

    Args:
        num_features: channels of the maps.
        num_classes: K.
        final_relu: the paper's ReLU before the average, which makes every logit non-negative;
            a likely cause of its runs that never leave the start.

    >>> import torch
    >>> MapHead(192, 10)(torch.zeros(2, 192, 6, 6)).shape
    torch.Size([2, 10])
    """

    def __init__(self, num_features: int, num_classes: int, *, final_relu: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(num_features, num_classes, 1)
        self.final_relu = final_relu
        caffe_xavier(self)

    def forward(self, features: Tensor) -> Tensor:
        maps = self.conv(features)
        logits: Tensor = (maps.relu() if self.final_relu else maps).mean((2, 3))
        return logits
