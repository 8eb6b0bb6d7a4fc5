"""Samples on the device: small sets live as one tensor, and a batch is one index operation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.batch import Batch
from counterpoise.data.preprocess import Preprocess


class Feed:
    """Inputs and labels of one part of a split, ready to be indexed.

    Args:
        inputs: (N, ...) uint8 or float; kept as it is, normalised batch by batch.
        target: (N,) int64.
        preprocess: how raw inputs become what the model sees; None leaves them alone.
        device: where the tensors live.
        weight: (N,) float sample weights, or None.
    """

    def __init__(
        self,
        inputs: Tensor | npt.NDArray[np.generic],
        target: Tensor | npt.NDArray[np.int64],
        preprocess: Preprocess | None,
        device: str | torch.device,
        weight: Tensor | None = None,
    ) -> None:
        self.inputs = torch.as_tensor(inputs).to(device)
        self.target = torch.as_tensor(target).to(device)
        self.weight = None if weight is None else weight.to(device)
        self.device = torch.device(device)
        self.preprocess = preprocess

    def __len__(self) -> int:
        return len(self.target)

    def batch(self, index: Tensor) -> Batch:
        """The samples at `index` (B,) int64."""
        index = index.to(self.device, non_blocking=True)
        return Batch(
            inputs=self._normalise(self.inputs[index]),
            target=self.target[index],
            index=index,
            weight=None if self.weight is None else self.weight[index],
        )

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples in order."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield Batch(self._normalise(self.inputs[part]), self.target[part])

    def _normalise(self, inputs: Tensor) -> Tensor:
        if self.preprocess is not None:
            inputs = self.preprocess.apply(inputs)
        if inputs.ndim == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        return inputs
