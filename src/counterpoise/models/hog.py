"""Histograms of oriented gradients in place of a learned backbone, and the network behind them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from counterpoise.errors import ArgumentError
from counterpoise.models.catalog import require

BLOCK = 2  # cells in each direction; blocks lie one cell apart
CELLS = 8  # along the shorter side, where nobody says how large a cell is


class HOG(nn.Module):
    """Histograms of oriented gradients: images (B, C, H, W) to features (B, D).

    A fixed function of the image: nothing here learns and no gradient passes, so training computes
    the features of every image once, unless an augmentation changes it. scikit-image does it, on
    the CPU: centred differences, of several channels that of the largest norm, each pixel in one of
    `bins` unsigned orientations, weighted by its magnitude; blocks of 2x2 cells, one cell apart,
    each scaled to length 1, cut at 0.2 and scaled again (L2-Hys). A constant image gives zeros.

    Args:
        input_shape: (C, H, W).
        cell: side of a cell in pixels; None: an eighth of the shorter side, rounded up, which is 8
            for 64x128, 3 for 18x36 and 5 for 40x40.
        bins: orientations between 0 and 180 degrees.
        sqrt: take the square root first, of pixels that are not negative: preprocess "unit".

    Raises:
        ArgumentError: not an image, fewer than 2x2 cells, or scikit-image is not installed.

    Reference: Dalal and Triggs 2005

    >>> import torch
    >>> HOG((3, 40, 40), bins=8)(torch.ones(2, 3, 40, 40)).abs().sum(1), HOG((1, 128, 64)).cell
    (tensor([0., 0.]), 8)
    """

    computed_by = "scikit-image"  # outside the network, so it cannot be exported

    def __init__(
        self,
        input_shape: tuple[int, ...],
        *,
        cell: int | None = None,
        bins: int = 9,
        sqrt: bool = False,
    ) -> None:
        super().__init__()
        require("hog")
        if len(input_shape) != 3:
            raise ArgumentError(
                f"hog takes images (C, H, W); got shape {tuple(input_shape)} (use mlp)"
            )
        height, width = input_shape[1:]
        cell = math.ceil(min(height, width) / CELLS) if cell is None else cell
        if cell < 1 or bins < 1:
            raise ArgumentError(f"hog needs cell >= 1 and bins >= 1; got {cell} and {bins}")
        rows, columns = height // cell, width // cell
        if min(rows, columns) < BLOCK:
            raise ArgumentError(
                f"hog needs at least {BLOCK}x{BLOCK} cells; images of {height}x{width} pixels have "
                f"{rows}x{columns} of {cell} pixels (a smaller cell, or a larger --size)"
            )
        self.cell, self.bins, self.sqrt = cell, bins, sqrt
        self.num_features = (rows - BLOCK + 1) * (columns - BLOCK + 1) * BLOCK**2 * bins

    def forward(self, inputs: Tensor) -> Tensor:
        if inputs.is_meta:
            return inputs.new_empty(len(inputs), self.num_features)
        images = inputs.detach().float().cpu().numpy()
        if self.sqrt and images.min(initial=0.0) < 0:
            raise ArgumentError(
                "hog takes square roots of pixels that are not negative; the smallest is "
                f'{images.min():.3g} (set train.preprocess to "unit", or sqrt to false)'
            )
        features = np.empty((len(images), self.num_features), dtype=np.float32)
        for row, image in zip(features, images, strict=True):
            row[:] = self._describe(image)
        return torch.from_numpy(features).to(inputs.device, inputs.dtype)

    def _describe(self, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Features (D,) of one image (C, H, W)."""
        from skimage.feature import hog  # optional, and takes a second

        features: npt.NDArray[np.float32] = hog(
            image,
            orientations=self.bins,
            pixels_per_cell=(self.cell, self.cell),
            cells_per_block=(BLOCK, BLOCK),
            block_norm="L2-Hys",
            transform_sqrt=self.sqrt,
            channel_axis=0,
        )
        return features


class HiddenHead(nn.Module):
    """The network of "HOG + NN": standardise features (B, D), one hidden layer, K scores.

    Features are standardised with the mean and variance of the batch in training, and with running
    ones afterwards.

    Args:
        num_features: D.
        num_classes: K.
        units: of the hidden layer.

    Reference: Dalal and Triggs 2005, whose features it takes.

    >>> import torch
    >>> HiddenHead(8, 3)(torch.zeros(2, 8)).shape
    torch.Size([2, 3])
    """

    def __init__(self, num_features: int, num_classes: int, *, units: int = 100) -> None:
        super().__init__()
        if units < 1:
            raise ArgumentError(f"hog needs units >= 1; got {units}")
        self.standardise = nn.BatchNorm1d(num_features, affine=False)
        self.hidden = nn.Linear(num_features, units)
        self.output = nn.Linear(units, num_classes)

    def forward(self, features: Tensor) -> Tensor:
        scores: Tensor = self.output(self.hidden(self.standardise(features)).relu())
        return scores
