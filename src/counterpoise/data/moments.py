"""Mean and spread of training inputs, bytes by their histogram: exact, and no float copy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pair = tuple[tuple[float, ...], tuple[float, ...]]


def histogram(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each byte occurs in every channel of images (N, C, H, W): (C, 256).

    >>> histogram(np.array([[[[7, 7, 9]]]], dtype=np.uint8))[0, [7, 8, 9]]
    array([2, 0, 1])
    """
    counts = np.zeros((images.shape[1], 256), dtype=np.int64)
    for channel, found in enumerate(counts):
        values = images[:, channel]
        for chunk in np.array_split(values, max(1, values.size // 2**20)):
            found += np.bincount(chunk.astype(np.uint8, copy=False).ravel(), minlength=256)
    return counts


def of_histogram(counts: NDArray[np.int64], scale: float) -> Pair:
    """Mean and sd of ``bytes * scale`` per channel, from their histogram (C, 256)."""
    levels = np.arange(256)
    mean, std = np.zeros(len(counts)), np.zeros(len(counts))
    for channel, found in enumerate(counts):
        size = int(found.sum())
        mean[channel] = float(found @ levels) / size
        std[channel] = float(found @ (levels - mean[channel]) ** 2 / size) ** 0.5
    return _scaled(mean, std, scale)


def moments(inputs: NDArray[np.generic], scale: float) -> Pair:
    """Mean and sd of ``inputs * scale`` per channel or feature, in float64."""
    if inputs.dtype == np.uint8:
        return of_histogram(histogram(inputs.view(np.uint8)), scale)
    axes = (0, *range(2, inputs.ndim))
    values = inputs.astype(np.float64)
    return _scaled(values.mean(axis=axes), values.std(axis=axes), scale)


def _scaled(mean: NDArray[np.float64], std: NDArray[np.float64], scale: float) -> Pair:
    std = np.where(std > 1e-12 * np.maximum(np.abs(mean), 1.0), std, 1.0 / scale)
    return tuple((mean * scale).tolist()), tuple((std * scale).tolist())
