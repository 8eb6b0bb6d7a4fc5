"""Squares cut out of the training images at random, as large as the network reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from counterpoise.errors import CheckpointError

STREAM = 4  # of random numbers; the augmentations have those below
HALF = 0.5  # of the images are mirrored


class Places(NamedTuple):
    """Where the squares of a batch lie, and which of them are mirrored.

    Args:
        top: (B,) first rows.
        left: (B,) first columns.
        mirrored: (B,) bool, or None where none ever is.
    """

    top: NDArray[np.int64]
    left: NDArray[np.int64]
    mirrored: NDArray[np.bool_] | None = None


class Cut:
    """Draws a square of each image, any place as likely as another, and which are mirrored.

    A function of the seed and the number of calls so far. It is no member of ``augment``: it
    changes the shape, and evaluation takes the middle instead.

    Args:
        side: of the square, in pixels; at most that of the images.
        seed: 0 or more.
        mirror: whether half of the squares, drawn at random, are turned left to right.

    Reference: Krizhevsky et al. 2012, section 4.1.

    >>> cut = Cut(2, seed=0)
    >>> top, left, _ = cut.places(np.array([[2, 5], [2, 900]]))
    >>> top.tolist(), bool((left <= [3, 898]).all())
    ([0, 0], True)
    """

    def __init__(self, side: int, *, seed: int, mirror: bool = False) -> None:
        self.side, self.mirror = side, mirror
        self._seed, self._calls = seed, 0

    def places(self, sizes: NDArray[np.int64]) -> Places:
        """Of the next batch, whose images have these heights and widths (B, 2)."""
        sequence = np.random.SeedSequence(self._seed, spawn_key=(self._calls, STREAM))
        self._calls += 1
        random = np.random.default_rng(sequence)
        top, left = (random.integers(sizes[:, axis] - self.side + 1) for axis in (0, 1))
        return Places(top, left, random.random(len(sizes)) < HALF if self.mirror else None)

    def state_dict(self) -> dict[str, Any]:
        """What the rest of the random numbers depends on."""
        return {"calls": self._calls}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken.

        Raises:
            CheckpointError: `state` is not one of a cut.
        """
        if "calls" not in state:
            raise CheckpointError("the state of random crops lacks calls")
        self._calls = int(state["calls"])


def squares(images: Tensor, places: Places, side: int) -> Tensor:
    """Squares (B, C, side, side) out of images (B, C, H, W), on their device."""
    top, left = (_moved(place, images) for place in places[:2])
    along = torch.arange(side, device=images.device)
    rows, columns = top[:, None] + along, left[:, None] + along  # (B, side)
    sample = torch.arange(len(images), device=images.device)[:, None, None]
    cut = images[sample, :, rows[:, :, None], columns[:, None, :]]  # (B, side, side, C)
    return cut.permute(0, 3, 1, 2)


def turned(images: Tensor, places: Places) -> Tensor:
    """Images (B, C, H, W), those that are to be mirrored left to right."""
    if places.mirrored is None:
        return images
    chosen = _moved(places.mirrored, images)[:, None, None, None]
    return images.flip(-1).where(chosen, images)


def _moved(values: NDArray[Any], like: Tensor) -> Tensor:
    """On the device of `like`, without waiting for it."""
    return torch.from_numpy(values).to(like.device, non_blocking=True)
