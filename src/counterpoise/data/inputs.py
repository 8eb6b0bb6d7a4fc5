"""What a sample is made of: arrays in memory here, image files in `image_files`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import Pixels, resize
from counterpoise.data.size import STRETCH, Resize, whole

Indices = NDArray[np.int64]
Values = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]


class Inputs(Protocol):
    """N samples: uint8 (N, C, H, W) images, float (N, C, T) series or (N, D) vectors."""

    def __len__(self) -> int: ...

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Of the samples as they are read."""
        ...

    def read(self, indices: Indices | None = None) -> Values:
        """The samples at `indices`, in that order; all of them when left out."""
        ...

    def select(self, indices: Indices) -> Inputs:
        """The same kind of inputs with these samples only."""
        ...

    def fingerprints(self) -> list[bytes]:
        """A content hash of each sample; equal hashes are exact duplicates."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayInputs:
    """Samples in memory. `size` and `channels` change images when they are read, not before.

    Args:
        array: uint8 (N, C, H, W), float32 or float64 (N, C, T) or (N, D).
        size: (H, W) to bring images to; None leaves them.
        channels: 3 repeats a grey channel, 1 takes the luma of RGB; None leaves them.
        how: by which rule they are brought to `size`.
    """

    array: Values
    size: tuple[int, int] | None = None
    channels: int | None = None
    how: Resize = STRETCH

    def __len__(self) -> int:
        return len(self.array)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return self.array.dtype

    def read(self, indices: Indices | None = None) -> Values:
        """Copy of the samples at `indices`; all of them, without a copy, when left out."""
        taken: Values = self.array if indices is None else self.array[indices]
        if self.channels is not None and taken.shape[1] != self.channels:
            taken = _luma(taken) if self.channels == 1 else taken.repeat(3, axis=1)
        if self.size is not None and taken.shape[2:] != self.size:
            resized = np.empty((*taken.shape[:2], *self.size), dtype=np.uint8)
            for i, image in enumerate(taken.astype(np.uint8, copy=False)):
                resized[i] = resize(image, self.size, self.how)
            taken = resized
        return taken

    @property
    def area(self) -> float:
        """Pixels of one image that is brought to size whole."""
        rows, columns = self.array.shape[2:]
        if self.size is None:
            return float(rows * columns)
        height, width = whole((columns, rows), self.size)
        return float(height * width)

    def wholes(self) -> Iterator[Pixels]:
        """All images (h, w, C), brought to size without cutting their ends off."""
        plain = replace(self, size=None)
        for index in range(len(self)):
            (image,) = plain.read(np.array([index])).astype(np.uint8, copy=False)
            if self.size is not None:
                image = resize(image, self.size, self.how, False)
            yield image.transpose(1, 2, 0)

    def select(self, indices: Indices) -> ArrayInputs:
        return replace(self, array=self.array[indices])

    def fingerprints(self) -> list[bytes]:
        rows = np.ascontiguousarray(self.array)
        return [hashlib.sha256(row).digest() for row in rows]


def _luma(images: Values) -> NDArray[np.uint8]:
    """ITU-R 601 luma of RGB (N, 3, H, W), rounded as Pillow does."""
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)[:, None, None]
    wide = images.astype(np.uint32)
    grey = ((wide * weights).sum(axis=1, keepdims=True, dtype=np.uint32) + 0x8000) >> 16
    return np.asarray(grey, dtype=np.uint8)
