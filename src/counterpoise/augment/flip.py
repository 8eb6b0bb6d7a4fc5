"""Mirror images."""

from dataclasses import replace
from typing import Literal

import numpy as np

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


class Flip(Augmentation):
    """Mirror some of the images of a batch, each with the same probability.

    Not for images whose class changes in a mirror, such as digits and arrows.

    Args:
        seed: 0 or more.
        axis: "horizontal" exchanges left and right, "vertical" top and bottom.
        probability: of each image to be mirrored, in [0, 1].

    Shapes: inputs (B, C, H, W) float -> `Batch` of the same shapes.

    Raises:
        ArgumentError: inputs that are not images, or a setting outside its range.

    Reference: Krizhevsky et al. 2012, section 4.1.

    >>> import torch
    >>> batch = Batch(torch.tensor([[[[1.0, 2.0, 3.0]]]]), torch.tensor([0]))
    >>> Flip(seed=0, probability=1.0)(batch).inputs
    tensor([[[[3., 2., 1.]]]])
    """

    revision = 2
    needs_images = True  # recipes leave it out, or refuse it, for other kinds of data

    def __init__(
        self,
        *,
        seed: int,
        axis: Literal["horizontal", "vertical"] = "horizontal",
        probability: float = 0.5,
    ) -> None:
        super().__init__(seed, stream=1 if axis == "horizontal" else 2)
        if axis not in ("horizontal", "vertical") or not 0 <= probability <= 1:
            raise ArgumentError(
                'axis is "horizontal" or "vertical", probability in [0, 1]; got '
                f"axis {axis!r}, probability {probability}"
            )
        self.axis = -1 if axis == "horizontal" else -2
        self.probability = float(probability)

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        require_images(batch.inputs, "Flip")
        chosen = on_device(random.random(len(batch.target)) < self.probability, batch.inputs)
        flipped = batch.inputs.flip(self.axis)
        return replace(batch, inputs=flipped.where(chosen[:, None, None, None], batch.inputs))
