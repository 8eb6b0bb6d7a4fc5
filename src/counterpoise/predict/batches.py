"""Inputs in batches that fit in memory, from arrays or from image files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.data.image_files import FileInputs
from counterpoise.errors import ArgumentError

_VALUES_AT_ONCE = 1 << 22  # input values in one batch: 27 images of 224x224, 512 small ones


def slices(inputs: npt.NDArray[np.generic] | Tensor, shape: tuple[int, ...]) -> Iterator[Tensor]:
    """Batches of samples (N, ...) as tensors, in order; arrays are copied, a batch at a time.

    Raises:
        ArgumentError: values that are no numbers.
    """
    step = _batch(shape)
    for first in range(0, len(inputs), step):
        part = inputs[first : first + step]
        try:
            yield part if isinstance(part, Tensor) else torch.tensor(part)
        except TypeError as error:
            raise ArgumentError(f"inputs are numbers; got {part.dtype}") from error


def decoded(paths: Sequence[str | Path], shape: tuple[int, ...]) -> Iterator[npt.NDArray[np.uint8]]:
    """Batches of image files, decoded to uint8 (B, C, H, W) the way training data are.

    Raises:
        ArgumentError: `shape` is not that of an image.
        DataError: a file is missing or damaged.
    """
    if len(shape) != 3:
        raise ArgumentError(f"this model reads arrays of shape {shape}, not image files")
    channels, height, width = shape
    files = tuple(Path(path) for path in paths)
    inputs = FileInputs(files, tuple(str(path) for path in files), (height, width), channels)
    step = _batch(shape)
    for first in range(0, len(files), step):
        yield inputs.read(np.arange(first, min(first + step, len(files))))


def _batch(shape: tuple[int, ...]) -> int:
    return max(1, min(512, _VALUES_AT_ONCE // math.prod(shape)))
