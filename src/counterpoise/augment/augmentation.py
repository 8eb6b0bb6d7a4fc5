"""What all augmentations share: random numbers by seed and call, and a resumable count."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.batch import Batch, Mixed
from counterpoise.errors import ArgumentError, CheckpointError


class Augmentation(ABC):
    """A change of a batch, a function of the batch, the seed and the number of calls so far.

    Args:
        seed: 0 or more.
        stream: which random numbers of that seed; augmentations that follow each other with the
            same ones would change the same samples alike.
    """

    mixes = False  # whether samples get two labels, so that nothing may follow
    needs_images = False

    def __init__(self, seed: int, stream: int = 0) -> None:
        try:
            right = operator.index(seed) >= 0
        except TypeError:
            right = False
        if not right:
            raise ArgumentError(
                "seed is a whole number, 0 or more, which all changes are a function of; got "
                f"{seed!r} (for others each time, draw a seed: secrets.randbits(32))"
            )
        self._seed = seed
        self._stream = (stream,) if stream else ()
        self._calls = 0

    def attach(self, fetch: Callable[[Tensor], Batch]) -> None:  # noqa: B027 (a default)
        """Tell how to get samples of the training set. Nothing: the batch is enough."""

    def __call__(self, batch: Batch) -> Batch | Mixed:
        """Change a batch of B samples; the batch that was given stays as it is."""
        sequence = np.random.SeedSequence(self._seed, spawn_key=(self._calls, *self._stream))
        self._calls += 1
        return self._change(batch, np.random.default_rng(sequence))

    @abstractmethod
    def _change(self, batch: Batch, random: np.random.Generator) -> Batch | Mixed: ...

    def state_dict(self) -> dict[str, Any]:
        """What the rest of the random numbers depends on."""
        return {"calls": self._calls}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken.

        Raises:
            CheckpointError: `state` is not one of an augmentation.
        """
        if "calls" not in state:
            raise CheckpointError("augmentation state lacks calls")
        self._calls = int(state["calls"])


def on_device(values: npt.NDArray[Any], like: Tensor) -> Tensor:
    """Random numbers on the device of `like`, without waiting for it; reals get its type."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    dtype = like.dtype if tensor.is_floating_point() else tensor.dtype
    return tensor.to(like.device, dtype, non_blocking=True)


def require_images(inputs: Tensor, who: str) -> None:
    """Refuse what has no height and width."""
    if inputs.ndim != 4 or not inputs.is_floating_point():
        raise ArgumentError(
            f"{who} changes float images (B, C, H, W); got {inputs.dtype} of shape "
            f"{tuple(inputs.shape)}"
        )
