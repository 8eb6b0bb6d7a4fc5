"""Training samples of several runs as one tensor, so that all their batches are one copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor

from counterpoise.train.feed import Feed
from counterpoise.train.loop import Loop

MOST_BYTES = 16 << 30


class StackedSamples:
    """Samples of R feeds end to end, each preprocessed by its own constants.

    Args:
        feeds: of tensors of one type and shape, without weights.
    """

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self.inputs = torch.cat([feed.inputs for feed in feeds])
        self.target = torch.cat([feed.target for feed in feeds])
        sizes = torch.tensor([0, *(len(feed) for feed in feeds[:-1])])
        self.offsets = sizes.cumsum(0)  # (R,)
        self.constants: tuple[Tensor, Tensor] | None = None
        steps = [feed.preprocess for feed in feeds]
        if steps[0] is not None:
            pairs = [step.constants() for step in steps if step is not None]
            shift, divisor = (
                torch.stack([torch.from_numpy(pair[which]) for pair in pairs])[:, None]
                for which in (0, 1)
            )  # (R, 1, C, 1, 1)
            self.constants = shift.to(self.inputs.device), divisor.to(self.inputs.device)

    @classmethod
    def of(cls, feeds: Sequence[Feed], loops: Sequence[Loop]) -> Self | None:
        """The samples, or None where each batch has to be made by itself: of streams, augmented.

        Args:
            feeds: of the loops.
            loops: that draw from them.
        """
        first = feeds[0]
        simple = all(
            not feed.streams
            and feed.cut is None
            and feed.weight is None
            and feed.dtype == first.dtype
            and feed.shape[1:] == first.shape[1:]
            and (feed.preprocess is None) == (first.preprocess is None)
            and (feed.preprocess is None or not (feed.preprocess.whitening or feed.preprocess.crop))
            for feed in feeds
        )
        if not simple or any(loop.pieces.augment for loop in loops):
            return None
        return cls(feeds) if sum(feed.inputs.nbytes for feed in feeds) <= MOST_BYTES else None

    def placed(self, index: Tensor) -> Tensor:
        """Positions (R, ...) in each feed as positions among all, on the device."""
        moved = index + self.offsets.view(-1, *[1] * (index.ndim - 1))
        return moved.to(self.inputs.device, non_blocking=True)

    def batch(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Samples at `index` (R, B), as `placed` gives it: inputs (R, B, ...) and labels (R, B)."""
        flat = index.reshape(-1)
        raw = self.inputs.index_select(0, flat).view(*index.shape, *self.inputs.shape[1:])
        target = self.target[flat].view(index.shape)
        if self.constants is None:
            return raw, target
        shift, divisor = self.constants
        return raw.to(shift.dtype).sub_(shift).div_(divisor).float(), target
