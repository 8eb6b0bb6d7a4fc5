"""Random majority undersampling."""

import math

import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed, generator


class RandomUnder(StreamSampler):
    """Large classes cut down to the smallest, once for the whole training.

    What was not drawn is never seen: with one sample in the smallest class, training has one
    per class. Drawn without replacement; passes reshuffle the same list.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed gives the same stream on every machine.
        ratio: largest over smallest class size wanted, at least 1: classes keep at most
            ``floor(n_min * ratio)`` samples. 1 makes all equal, as in the paper.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, a ratio below 1, or a negative seed.

    Reference: Buda et al. 2018, section 2.1.

    >>> labels = [0, 0, 0, 0, 1, 1]
    >>> sampler = RandomUnder(labels, seed=0)
    >>> sampler.seen, len(sampler)
    ((2.0, 2.0), 4)
    """

    corrects_prior = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        ratio: float = 1.0,
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        if not ratio >= 1:
            raise ArgumentError(
                f"ratio, largest over smallest class size, is at least 1; got {ratio}"
            )
        self._seed = seed
        classes = ClassIndex(labels, who="RandomUnder", zero_count=zero_count)
        cap = math.floor(int(classes.sizes[classes.present].min()) * ratio + 1e-9)
        kept = classes.sizes.clamp_max(cap)  # (K,)
        random = generator(seed, 0)
        self._list = torch.cat(
            [
                classes.of(k)[torch.randperm(int(size), generator=random)[: int(kept[k])]]
                for k, size in enumerate(classes.sizes)
            ]
        )
        stream = Stream(self._draw, length=len(self._list), rank=rank, world=world)
        super().__init__(stream, classes.summary)
        self.seen = expected_seen(kept, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        order = torch.randperm(len(self._list), generator=generator(self._seed, 1, number))
        return self._list[order], memory
