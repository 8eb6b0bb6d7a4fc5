"""A compact convolutional network for small images and series, quick on a CPU."""

import math

from torch import Tensor, nn

from counterpoise.errors import ArgumentError

SMALLEST = 4


class SmallCNN(nn.Module):
    """Convolution, BatchNorm, ReLU, a few times: (B, C, H, W) or (B, C, T) to features (B, D).

    The first convolution keeps the size up to 16 pixels and halves it above; then each halves
    it and doubles the channels (up to 8 `width`) until at most 4 pixels are left, which are
    averaged down to 2 in each direction. D follows from the size: 128 at 8x8, 256 at 32x32.

    Args:
        input_shape: (C, H, W) or (C, T).
        width: channels of the first convolution.
        dropout: share of features dropped in training.

    Raises:
        ArgumentError: neither image nor series, or below 4 pixels or steps.

    >>> import torch
    >>> SmallCNN((1, 8, 8))(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 128])
    """

    def __init__(
        self, input_shape: tuple[int, ...], *, width: int = 16, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if len(input_shape) not in (2, 3) or min(input_shape[1:]) < SMALLEST:
            raise ArgumentError(
                f"small-cnn takes images (C, H, W) or series (C, T) of at least {SMALLEST} pixels "
                f"or steps; got shape {tuple(input_shape)} (use mlp)"
            )
        if width < 1 or not 0 <= dropout < 1:
            raise ArgumentError(
                f"small-cnn needs width >= 1 and 0 <= dropout < 1; got {width} and {dropout}"
            )
        channels, *sizes = input_shape
        flat = len(sizes) == 1
        stride = 2 if max(sizes) > 16 else 1
        blocks: list[nn.Module] = [_block(channels, width, stride, flat)]
        sizes = [math.ceil(size / stride) for size in sizes]
        channels = width
        while max(sizes) > 4:
            wider = min(2 * channels, 8 * width)
            blocks.append(_block(channels, wider, 2, flat))
            sizes = [math.ceil(size / 2) for size in sizes]
            channels = wider
        self.blocks = nn.Sequential(*blocks)
        # A pool of fixed windows, because adaptive pooling is not deterministic on CUDA.
        windows = tuple(math.ceil(size / 2) for size in sizes)
        self.pool: nn.Module = (
            nn.AvgPool1d(windows[0], ceil_mode=True)
            if flat
            else nn.AvgPool2d(windows, ceil_mode=True)  # type: ignore[arg-type]
        )
        self.dropout = nn.Dropout(dropout)
        self.num_features = channels * math.prod(min(size, 2) for size in sizes)

    def forward(self, inputs: Tensor) -> Tensor:
        maps = self.pool(self.blocks(inputs))
        features: Tensor = self.dropout(maps.flatten(1))
        return features


def _block(channels: int, width: int, stride: int, flat: bool) -> nn.Sequential:
    """Convolution of width 3, BatchNorm, ReLU; no bias, because BatchNorm has one."""
    if flat:
        return nn.Sequential(
            nn.Conv1d(channels, width, 3, stride, padding=1, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(inplace=True),
        )
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )
