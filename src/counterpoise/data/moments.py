"""Mean and spread of training inputs, bytes by their histogram: exact, and no float copy."""

from __future__ import annotations

from typing import Any

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
    return _scaled(mean, std, std == 0, scale)


def moments(inputs: NDArray[np.generic], scale: float = 1.0) -> Pair:
    """Mean and sd of ``inputs * scale`` per channel or feature, in float64.

    Values of any size have both: the largest of a channel is brought to about 1 before squaring. A
    channel is constant, and its sd 1, when its values are equal but for rounding: those of a
    floating-point type may differ by four units in the last place.

    >>> moments(np.array([[2**40 - 1], [2**40 + 1]])), moments(np.array([[0.1 * 3], [0.3]]))[1]
    (((1099511627776.0,), (1.0,)), (1.0,))
    """
    if inputs.dtype == np.uint8:
        return of_histogram(histogram(inputs.view(np.uint8)), scale)
    if inputs.dtype == np.int32 and inputs.ndim == 4 and scale == 1.0:
        return of_sums(sums(inputs.view(np.int32)))
    axes = (0, *range(2, inputs.ndim))
    values = inputs.astype(np.float64)
    low, high = values.min(axis=axes), values.max(axis=axes)
    largest = np.maximum(np.abs(low), np.abs(high))
    noise = 4 * _resolution(inputs.dtype)
    # A power of two, so that nothing is rounded; 0 for a channel of zeros.
    exponent = np.frexp(largest)[1]
    form = (1, -1, *(1 for _ in axes[1:]))
    values = np.ldexp(values, -exponent.reshape(form))
    mean, std = (
        np.ldexp(values.mean(axis=axes), exponent),
        np.ldexp(values.std(axis=axes), exponent),
    )
    with np.errstate(over="ignore"):
        constant = high - low <= noise * largest
    return _scaled(mean, std, constant | (std == 0), scale)


def sums(images: NDArray[np.int32]) -> NDArray[np.int64]:
    """What `of_sums` needs of each image and channel of (N, C, H, W): (N, C, 7).

    Number, smallest and largest of its values, their sum, and the sum of their squares in three
    parts: with a value as a 2^16 + b, those of a^2, a b and b^2. So all of it is exact.
    """
    found = np.zeros((*images.shape[:2], 7), dtype=np.int64)
    for start in range(0, len(images), 64):
        values = images[start : start + 64].astype(np.int64)
        high, low = values >> 16, values & 0xFFFF
        parts = (values, high * high, high * low, low * low)
        rows = found[start : start + 64]
        rows[:, :, 0] = values[0, 0].size
        rows[:, :, 1], rows[:, :, 2] = values.min(axis=(2, 3)), values.max(axis=(2, 3))
        for place, part in enumerate(parts, start=3):
            rows[:, :, place] = part.sum(axis=(2, 3))
    return found


def of_sums(found: NDArray[np.int64]) -> Pair:
    """Mean and sd per channel from the `sums` (N, C, 7) of some images, in any order.

    >>> of_sums(sums(np.array([[[[2**30 - 1, 2**30 + 1]]]], dtype=np.int32)))
    ((1073741824.0,), (1.0,))
    """
    mean, std = [], []
    for channel in range(found.shape[1]):
        number, total, high, both, low = (
            sum(found[:, channel, place].tolist()) for place in (0, 3, 4, 5, 6)
        )
        squares = (high << 32) + (both << 17) + low
        mean.append(total / number)
        std.append(((number * squares - total * total) / number**2) ** 0.5 or 1.0)
    return tuple(mean), tuple(std)


def _resolution(dtype: np.dtype[Any]) -> float:
    """Distance from 1 to the next number of a type; 0 for integers, which are exact."""
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else 0.0


def _scaled(
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    constant: NDArray[np.bool_],
    scale: float,
) -> Pair:
    std = np.where(constant, 1.0 / scale, std)
    return tuple((mean * scale).tolist()), tuple((std * scale).tolist())
