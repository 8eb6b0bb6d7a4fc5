"""The two networks of DeepSMOTE: square images to codes, and codes to images."""

from __future__ import annotations

from torch import Tensor, nn

SMALLEST, LARGEST = 28, 64  # pixels a side
SLOPE = 0.2  # of LeakyReLU
GREY_CODE, COLOUR_CODE = 300, 600


class Encoder(nn.Module):
    """Four convolutions and a linear layer: images (B, C, S, S) to codes (B, Z).

    Channels double from `width` to 8 `width`; three convolutions halve the size, the fourth takes
    what is left down to one place: by 4x4, stride 2 from 3 places, else by one kernel of the whole
    map, which for 32x32 is the paper's 4x4. (Dablain et al. 2022)

    Args:
        channels: C.
        size: S, `SMALLEST` to `LARGEST`.
        code_size: Z.
        width: channels after the first convolution; the paper's 64.

    >>> import torch
    >>> Encoder(1, 28, 300, width=4)(torch.zeros(2, 1, 28, 28)).shape
    torch.Size([2, 300])
    """

    def __init__(self, channels: int, size: int, code_size: int, *, width: int = 64) -> None:
        super().__init__()
        places = size // 8
        kernel, stride, padding = (4, 2, 1) if places < 4 else (places, 1, 0)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1, bias=False),
            nn.LeakyReLU(SLOPE, inplace=True),
            *_narrower(width, 2 * width),
            *_narrower(2 * width, 4 * width),
            nn.Conv2d(4 * width, 8 * width, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(8 * width),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Flatten(),
            nn.Linear(8 * width, code_size),
        )

    def forward(self, images: Tensor) -> Tensor:
        codes: Tensor = self.layers(images)
        return codes


class Decoder(nn.Module):
    """A linear layer and three transposed convolutions: codes (B, Z) to images (B, C, S, S).

    Values lie in [-1, 1]. (Dablain et al. 2022; sizes but 28 and 32 are our own, see
    `decoder_sizes`)

    Args:
        channels: C.
        size: S, `SMALLEST` to `LARGEST`.
        code_size: Z.
        width: an eighth of the channels of the first map; the paper's 64.

    >>> import torch
    >>> Decoder(3, 64, 600, width=4)(torch.zeros(2, 600)).shape
    torch.Size([2, 3, 64, 64])
    """

    def __init__(self, channels: int, size: int, code_size: int, *, width: int = 64) -> None:
        super().__init__()
        first, stride, kernel = decoder_sizes(size)
        self.layers = nn.Sequential(
            nn.Linear(code_size, 8 * width * first**2),
            nn.ReLU(inplace=True),
            nn.Unflatten(1, (8 * width, first, first)),
            *_wider(8 * width, 4 * width, 1),
            *_wider(4 * width, 2 * width, stride),
            nn.ConvTranspose2d(2 * width, channels, kernel, 2),
            nn.Tanh(),
        )

    def forward(self, codes: Tensor) -> Tensor:
        images: Tensor = self.layers(codes)
        return images


def decoder_sizes(size: int) -> tuple[int, int, int]:
    """Places of the first map, stride of the second layer and kernel of the last, for S = `size`.

    28 is the paper's, 32 follows its encoder. Above 40 the second layer doubles as well, which
    keeps the linear layer small.

    >>> decoder_sizes(28), decoder_sizes(32), decoder_sizes(64)
    ((7, 1, 4), (8, 1, 6), (11, 2, 6))
    """
    if size <= 40:
        first = max(7, (size - 15) // 2)
        return first, 1, size - 2 * first - 10
    first = (size - 18) // 4
    return first, 2, size - 4 * first - 14


def _narrower(channels: int, width: int) -> list[nn.Module]:
    return [
        nn.Conv2d(channels, width, 4, 2, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(SLOPE, inplace=True),
    ]


def _wider(channels: int, width: int, stride: int) -> list[nn.Module]:
    return [
        nn.ConvTranspose2d(channels, width, 4, stride),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    ]
