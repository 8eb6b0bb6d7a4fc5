"""Samples on the device: small sets live as one tensor, large ones are decoded ahead of use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.batch import Batch
from counterpoise.data.held_images import HeldImages
from counterpoise.data.image_stream import ImageStream
from counterpoise.data.preprocess import Preprocess
from counterpoise.errors import DataError
from counterpoise.train.cut import Cut, squares, turned


class Feed:
    """Inputs and labels of one part of a split, ready to be indexed.

    Args:
        inputs: (N, ...) uint8 or float; kept as it is, normalised batch by batch. Of a stream
            of image files, and of images that are kept whole, each batch is read when it is its
            turn; a `cut` then finds all of an image, and everything else its middle.
        target: (N,) int64.
        preprocess: how raw inputs become what the model sees; None leaves them alone.
        device: where the tensors live.
        weight: (N,) float sample weights, or None.
    """

    def __init__(
        self,
        inputs: Tensor | npt.NDArray[np.generic] | ImageStream | HeldImages,
        target: Tensor | npt.NDArray[np.int64],
        preprocess: Preprocess | None,
        device: str | torch.device,
        weight: Tensor | None = None,
    ) -> None:
        self._source = (
            inputs
            if isinstance(inputs, ImageStream | HeldImages)
            else torch.as_tensor(inputs).to(device)
        )
        self.target = torch.as_tensor(target).to(device)
        self.weight = None if weight is None else weight.to(device)
        self.device = torch.device(device)
        self.preprocess = preprocess
        self.cut: Cut | None = None  # changes what `batch` gives, and nothing that `batches` does

    def __len__(self) -> int:
        return len(self.target)

    @property
    def inputs(self) -> Tensor:
        """All samples, raw, on the device.

        Raises:
            DataError: they are a stream of image files, or of several lengths.
        """
        if not isinstance(self._source, Tensor):
            raise DataError(self._source.why_no_array())
        return self._source

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all samples, raw: (N, ...)."""
        return tuple(self._source.shape)

    @property
    def dtype(self) -> torch.dtype:
        """Of all samples, raw."""
        if isinstance(self._source, Tensor):
            return self._source.dtype
        return torch.uint8 if self._source.dtype == np.uint8 else torch.int32

    @property
    def streams(self) -> bool:
        """Whether batches are read when it is their turn; `expect` may make them come sooner."""
        return not isinstance(self._source, Tensor)

    def expect(self, index: Tensor) -> None:
        """Say which samples the next batches will hold, in order; reading them begins now."""
        if not isinstance(self._source, Tensor):
            self._source.expect(index.cpu().numpy())

    def batch(self, index: Tensor) -> Batch:
        """The samples at `index` (B,) int64."""
        index = index.to(self.device, non_blocking=True)
        raw = self._raw(index) if self.cut is None else self._cut(index, self.cut)
        return Batch(
            inputs=self._normalise(raw),
            target=self.target[index],
            index=index,
            weight=None if self.weight is None else self.weight[index],
        )

    def batches(self, size: int) -> Iterator[Batch]:
        """All samples in order."""
        if self.streams:
            self.expect(torch.arange(len(self)))
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            inputs = (
                self._raw(torch.arange(part.start, part.stop))
                if self.streams
                else self.inputs[part]
            )
            yield Batch(self._normalise(inputs), self.target[part])

    def _raw(self, index: Tensor) -> Tensor:
        """Samples (B, ...) as they are kept."""
        if isinstance(self._source, Tensor):
            if self._source.is_contiguous():  # rows of memory in a row, copied as such
                return self._source.index_select(0, index)
            return self._source[index]
        return self._placed(self._source.read(index.cpu().numpy()))

    def _cut(self, index: Tensor, cut: Cut) -> Tensor:
        """Squares (B, C, side, side) of samples as they are kept."""
        if isinstance(self._source, Tensor):
            places = cut.places(np.tile(self.shape[-2:], (len(index), 1)))
            return turned(squares(self._raw(index), places, cut.side), places)
        chosen = index.cpu().numpy()
        places = cut.places(self._source.sizes_of(chosen))
        form = (cut.side, cut.side)
        return turned(self._placed(self._source.cut(chosen, *places[:2], form)), places)

    def _placed(self, rows: npt.NDArray[np.generic]) -> Tensor:
        """Images (B, H, W, C) as (B, C, H, W) on the device."""
        if rows.shape[3] == 1:  # whose memory layout is ambiguous: as the samples of an array
            rows = rows.reshape(len(rows), 1, *rows.shape[1:3])
            return torch.from_numpy(rows).to(self.device)
        return torch.from_numpy(rows).permute(0, 3, 1, 2).to(self.device)

    def _normalise(self, inputs: Tensor) -> Tensor:
        if self.preprocess is not None:
            inputs = self.preprocess.apply(inputs)
        if inputs.ndim == 4:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        return inputs
