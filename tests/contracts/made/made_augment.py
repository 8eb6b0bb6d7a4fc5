"""Made for tests/contracts/test_four_files.py: augment."""

from dataclasses import replace

import numpy as np

from counterpoise.augment.augmentation import Augmentation, on_device
from counterpoise.batch import Batch


class MadeAugment(Augmentation):
    """Add noise to each value.

    Args:
        seed: 0 or more.
        size: standard deviation of the noise.

    Shapes: inputs (B, ...) float -> `Batch` of the same shapes.

    Reference: made for a test.

    >>> MadeAugment(seed=0).size
    0.1
    """

    def __init__(self, *, seed: int, size: float = 0.1) -> None:
        super().__init__(seed)
        self.size = size

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        noise = on_device(random.normal(size=tuple(batch.inputs.shape)), batch.inputs)
        return replace(batch, inputs=batch.inputs + self.size * noise)
