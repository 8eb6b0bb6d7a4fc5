"""What does a batch look like? Tensors in, tensors out, on the device of the batch."""

from counterpoise.augment.affine import Affine
from counterpoise.augment.cmo import CMO
from counterpoise.augment.colour import Colour
from counterpoise.augment.crop import Crop
from counterpoise.augment.flip import Flip
from counterpoise.augment.mixup import Mixup
from counterpoise.augment.remix import Remix

__all__ = ["CMO", "Affine", "Colour", "Crop", "Flip", "Mixup", "Remix"]
