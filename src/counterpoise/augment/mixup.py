"""Convex combinations of samples and labels."""

import numpy as np

from counterpoise.augment.augmentation import Augmentation, on_device
from counterpoise.augment.mix import mixed, reordered
from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError


class Mixup(Augmentation):
    """Mix each sample with another of the batch, and their labels by the same share.

    One share for the whole batch, from Beta(alpha, alpha), as in the paper's code. A rare
    class is mostly mixed with frequent ones: see `Remix`.

    Args:
        seed: 0 or more.
        alpha: above 0; small values stay near one of the two samples. The paper has 1 on
            CIFAR-10 and 0.2 on ImageNet.

    Shapes: inputs (B, ...) float, target (B,) int64 -> `Mixed` of B samples.

    Raises:
        ArgumentError: `alpha` is not above 0.

    Reference: Zhang et al. 2018, eq. 2.

    >>> import torch
    >>> batch = Batch(torch.eye(2), torch.tensor([0, 1]))
    >>> out = Mixup(seed=1)(batch)
    >>> bool(torch.equal(out.inputs.sum(1), torch.ones(2))), out.share.unique().shape
    (True, torch.Size([1]))
    """

    mixes = True  # its result has two labels, so nothing may follow it

    def __init__(self, *, seed: int, alpha: float = 1.0) -> None:
        super().__init__(seed)
        if not alpha > 0:
            raise ArgumentError(f"alpha is above 0; got {alpha}")
        self.alpha = float(alpha)

    def _change(self, batch: Batch, random: np.random.Generator) -> Mixed:
        num = len(batch.target)
        part = float(random.beta(self.alpha, self.alpha))
        other = reordered(batch, on_device(random.permutation(num), batch.inputs))
        inputs = part * batch.inputs + (1 - part) * other.inputs
        return mixed(batch, inputs, other, inputs.new_full((num,), part))
