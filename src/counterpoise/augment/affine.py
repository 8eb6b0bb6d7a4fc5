"""Turn, shift, shear and zoom images."""

from dataclasses import replace
from typing import Literal

import numpy as np
import torch
from torch.nn import functional as F

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


class Affine(Augmentation):
    """Turn, shift, shear and zoom each image by its own random amounts.

    Amounts are uniform in plus and minus what is given; defaults are those of the public
    dynamic-sampling code that TLC builds on.

    Args:
        seed: 0 or more.
        degrees: largest rotation.
        shift: largest shift, as a share of height and width.
        shear: largest shear, pixels sideways per pixel of height.
        zoom: largest change of size, as a share, below 1.
        border: what lies outside: "nearest" pixel, or "zero", the mean colour of standardised
            inputs.

    Shapes: inputs (B, C, H, W) float -> `Batch` of the same shapes.

    Raises:
        ArgumentError: inputs that are not images, or a setting outside its range.

    Reference: Pouyanfar et al. 2018, in the values of its public code.

    >>> batch = Batch(torch.rand(2, 3, 8, 8), torch.tensor([0, 1]))
    >>> still = Affine(seed=0, degrees=0, shift=0, shear=0)(batch)
    >>> bool(torch.allclose(still.inputs, batch.inputs, atol=1e-5))
    True
    """

    needs_images = True  # recipes leave it out, or refuse it, for other kinds of data

    def __init__(
        self,
        *,
        seed: int,
        degrees: float = 10.0,
        shift: float = 0.2,
        shear: float = 0.2,
        zoom: float = 0.0,
        border: Literal["nearest", "zero"] = "nearest",
    ) -> None:
        super().__init__(seed)
        amounts = (degrees, shift, shear, zoom)
        if not all(amount >= 0 for amount in amounts) or not zoom < 1:
            raise ArgumentError(
                "degrees, shift, shear and zoom are 0 or more, zoom below 1; got degrees "
                f"{degrees}, shift {shift}, shear {shear}, zoom {zoom}"
            )
        if border not in ("nearest", "zero"):
            raise ArgumentError(f'border is "nearest" or "zero"; got {border!r}')
        self.degrees, self.shift, self.shear, self.zoom = (float(a) for a in amounts)
        self.border = "border" if border == "nearest" else "zeros"

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        require_images(batch.inputs, "Affine")
        num, _, height, width = batch.inputs.shape
        turn, across, down, shear, zoom = random.uniform(-1, 1, size=(5, num))
        angle = np.deg2rad(self.degrees) * turn
        cosine, sine = np.cos(angle), np.sin(angle)
        slope = self.shear * shear
        size = 1 + self.zoom * zoom
        # Output to input positions, in pixels: rotation times shear, over the new size. The grid
        # has both sides from -1 to 1, so what crosses from one axis to the other is stretched.
        aspect = height / width
        matrix = np.empty((num, 2, 3))
        matrix[:, 0, 0] = cosine / size
        matrix[:, 0, 1] = (cosine * slope - sine) / size * aspect
        matrix[:, 1, 0] = sine / size / aspect
        matrix[:, 1, 1] = (sine * slope + cosine) / size
        matrix[:, 0, 2] = 2 * self.shift * across  # the grid is 2 wide
        matrix[:, 1, 2] = 2 * self.shift * down
        grid = F.affine_grid(
            on_device(matrix, batch.inputs), list(batch.inputs.shape), align_corners=False
        )
        moved: torch.Tensor = F.grid_sample(
            batch.inputs, grid, padding_mode=self.border, align_corners=False
        )
        return replace(batch, inputs=moved)
