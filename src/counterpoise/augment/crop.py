"""Shift images by whole pixels."""

from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


class Crop(Augmentation):
    """Pad images and cut their own size out at a random place, each image its own.

    The border is 0, which is the mean colour once inputs are standardised.

    Args:
        seed: 0 or more.
        padding: pixels on each side, at least 1; 4 is usual for 32 x 32.

    Shapes: inputs (B, C, H, W) float -> `Batch` of the same shapes.

    Raises:
        ArgumentError: inputs that are not images, or no padding.

    Reference: He et al. 2016, section 4.2.

    >>> batch = Batch(torch.ones(1, 1, 2, 2), torch.tensor([0]))
    >>> Crop(seed=3, padding=1)(batch).inputs.shape
    torch.Size([1, 1, 2, 2])
    """

    revision = 2  # random numbers of its own, as Flip
    needs_images = True  # recipes leave it out, or refuse it, for other kinds of data

    def __init__(self, *, seed: int, padding: int = 4) -> None:
        super().__init__(seed, stream=3)
        if padding < 1:
            raise ArgumentError(f"padding is at least 1 pixel; got {padding}")
        self.padding = padding

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        require_images(batch.inputs, "Crop")
        num, _, height, width = batch.inputs.shape
        places = random.integers(2 * self.padding + 1, size=(2, num))
        top, left = on_device(places, batch.inputs)
        device = batch.inputs.device
        rows = top[:, None] + torch.arange(height, device=device)  # (B, H)
        columns = left[:, None] + torch.arange(width, device=device)  # (B, W)
        padded = F.pad(batch.inputs, (self.padding,) * 4)
        sample = torch.arange(num, device=device)[:, None, None]
        cut = padded[sample, :, rows[:, :, None], columns[:, None, :]]  # (B, H, W, C)
        return replace(batch, inputs=cut.permute(0, 3, 1, 2).contiguous())
