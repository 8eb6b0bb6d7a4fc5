"""Change brightness, contrast and colourfulness of images."""

from dataclasses import replace

import numpy as np

from counterpoise.augment.augmentation import Augmentation, on_device, require_images
from counterpoise.batch import Batch
from counterpoise.errors import ArgumentError


class Colour(Augmentation):
    """Change brightness, contrast and saturation of each image by random amounts.

    Amounts are uniform in plus and minus what is given. It works on what the network reads, so
    brightness is counted in standard deviations where inputs are standardised, and nothing is
    clipped. Not for images whose colour is their class.

    Args:
        seed: 0 or more.
        brightness: largest shift of all channels.
        contrast: largest change of the distance to the image's mean, as a share, at most 1.
        saturation: largest change of the distance to the pixel's grey, the mean of its channels,
            as a share, at most 1; without effect on images of one channel.

    Shapes: inputs (B, C, H, W) float -> `Batch` of the same shapes.

    Raises:
        ArgumentError: inputs that are not images, or a setting outside its range.

    Reference: Howard 2013, section 2.1.

    >>> import torch
    >>> batch = Batch(torch.rand(2, 3, 4, 4), torch.tensor([0, 1]))
    >>> dim = Colour(seed=0, brightness=0.5, contrast=0, saturation=0)(batch)
    >>> (dim.inputs - batch.inputs).flatten(1).std(1) < 1e-6
    tensor([True, True])
    """

    needs_images = True  # recipes leave it out, or refuse it, for other kinds of data

    def __init__(
        self,
        *,
        seed: int,
        brightness: float = 0.2,
        contrast: float = 0.2,
        saturation: float = 0.2,
    ) -> None:
        super().__init__(seed, stream=4)
        if not brightness >= 0 or not 0 <= contrast <= 1 or not 0 <= saturation <= 1:
            raise ArgumentError(
                "brightness is 0 or more, contrast and saturation in [0, 1]; got brightness "
                f"{brightness}, contrast {contrast}, saturation {saturation}"
            )
        self.brightness, self.contrast = float(brightness), float(contrast)
        self.saturation = float(saturation)

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        require_images(batch.inputs, "Colour")
        amounts = random.uniform(-1, 1, size=(3, len(batch.target), 1, 1, 1))
        lighter, stronger, purer = on_device(amounts, batch.inputs)  # (B, 1, 1, 1) each
        images = batch.inputs
        if self.saturation and images.shape[1] > 1:
            grey = images.mean(1, keepdim=True)
            images = grey + (images - grey) * (1 + self.saturation * purer)
        if self.contrast:
            mean = images.mean((1, 2, 3), keepdim=True)
            images = mean + (images - mean) * (1 + self.contrast * stronger)
        return replace(batch, inputs=images + self.brightness * lighter)
