"""Mixup whose label leans to the rarer class."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from counterpoise.augment.augmentation import Augmentation, on_device
from counterpoise.augment.mix import mixed, reordered
from counterpoise.batch import Batch, Mixed
from counterpoise.counts import ClassCounts
from counterpoise.errors import ArgumentError


class Remix(Augmentation):
    """Mixup in which a much rarer class takes the label unless its share is small.

    The inputs are mixed as in `Mixup`. With a share s of class i and ``1 - s`` of class j, the
    label is j alone if ``n_i >= kappa n_j`` and ``s < tau``, i alone if ``n_j >= kappa n_i``
    and ``1 - s < tau``, and mixed by s otherwise.

    Args:
        counts: unique training samples per class, K of them.
        seed: 0 or more.
        alpha: of the Beta distribution of shares, above 0; the paper's is 1.
        kappa: how many times rarer "much rarer" is, at least 1; the paper's is 3.
        tau: the share below which the frequent class gives way, in [0, 1]; the paper's is 0.5.
        zero_count: "raise" for a class without a sample, or "ignore".

    Shapes: inputs (B, ...) float, target (B,) int64 -> `Mixed` of B samples.

    Raises:
        ArgumentError: a class without a sample, or a setting outside its range.

    Reference: Chou et al. 2020, eq. 5.

    >>> remix = Remix(ClassCounts((1000, 100)), seed=0)
    >>> frequent, rare = torch.tensor([0, 0]), torch.tensor([1, 1])
    >>> remix.label_share(frequent, rare, torch.tensor([0.3, 0.7]))
    tensor([0.0000, 0.7000])
    """

    mixes = True  # its result has two labels, so nothing may follow it

    def __init__(
        self,
        counts: ClassCounts,
        *,
        seed: int,
        alpha: float = 1.0,
        kappa: float = 3.0,
        tau: float = 0.5,
        zero_count: Literal["raise", "ignore"] = "raise",
    ) -> None:
        super().__init__(seed)
        counts.require_present("Remix", zero_count)
        if not alpha > 0 or not kappa >= 1 or not 0 <= tau <= 1:
            raise ArgumentError(
                "alpha is above 0, kappa at least 1, tau in [0, 1]; got "
                f"alpha {alpha}, kappa {kappa}, tau {tau}"
            )
        self.alpha, self.kappa, self.tau = float(alpha), float(kappa), float(tau)
        self._counts = torch.tensor(counts.values, dtype=torch.float64)

    def label_share(self, target: Tensor, other: Tensor, share: Tensor) -> Tensor:
        """Share of `target` in the label (B,), for its share (B,) in the inputs."""
        self._counts = self._counts.to(target.device)
        n_target, n_other = self._counts[target], self._counts[other]
        gives = (n_target >= self.kappa * n_other) & (share < self.tau)
        takes = (n_other >= self.kappa * n_target) & (1 - share < self.tau)
        return share.masked_fill(gives, 0.0).masked_fill(takes, 1.0)

    def _change(self, batch: Batch, random: np.random.Generator) -> Mixed:
        num = len(batch.target)
        part = float(random.beta(self.alpha, self.alpha))
        other = reordered(batch, on_device(random.permutation(num), batch.inputs))
        inputs = part * batch.inputs + (1 - part) * other.inputs
        share = self.label_share(batch.target, other.target, inputs.new_full((num,), part))
        return mixed(batch, inputs, other, share)
