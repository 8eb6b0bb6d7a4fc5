"""Squares cut out of the training images at random, as large as the network reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.batch import Batch

STREAM = 4  # of random numbers; the augmentations have those below


class Cut(Augmentation):
    """A square out of each image, at a place of its own, any place as likely as another.

    It is no member of ``augment``: it changes the shape, and evaluation takes the middle instead.

    Args:
        side: of the square, in pixels; at most that of the images.
        seed: 0 or more.

    Shapes: inputs (B, C, H, W) float -> `Batch` with inputs (B, C, side, side).

    Reference: Krizhevsky et al. 2012, section 4.1.

    >>> Cut(2, seed=0)(Batch(torch.ones(3, 1, 5, 4), torch.tensor([0, 1, 1]))).inputs.shape
    torch.Size([3, 1, 2, 2])
    """

    def __init__(self, side: int, *, seed: int) -> None:
        super().__init__(seed, stream=STREAM)
        self.side = side

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        require_images(batch.inputs, "Cut")
        num, _, height, width = batch.inputs.shape
        places = [random.integers(extent - self.side + 1, size=num) for extent in (height, width)]
        top, left = (on_device(place, batch.inputs) for place in places)
        along = torch.arange(self.side, device=batch.inputs.device)
        rows, columns = top[:, None] + along, left[:, None] + along  # (B, side)
        sample = torch.arange(num, device=batch.inputs.device)[:, None, None]
        cut = batch.inputs[sample, :, rows[:, :, None], columns[:, None, :]]  # (B, side, side, C)
        inputs = cut.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
        return replace(batch, inputs=inputs)
