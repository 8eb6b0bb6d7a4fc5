"""Random passes over the training set, as every data loader makes them."""

import torch
from torch import Tensor

from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed, generator


class Shuffled(StreamSampler):
    """Every sample once per pass, in a new random order each time.

    Passes follow each other without a break, so a batch may span two passes and no sample is
    dropped. No class is favoured: the network sees the classes as they are.

    Args:
        labels: (N,) integer labels, or a data set that has them; only their number and counts
            matter.
        seed: 0 or more; the same seed gives the same stream on every machine.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: no labels, a negative seed, or a rank outside its world.

    Reference: the ordinary random reshuffling of stochastic gradient descent.

    >>> Shuffled([0, 0, 1, 1], seed=0).take(4).sort().values
    tensor([0, 1, 2, 3])
    """

    def __init__(self, labels: LabelSource, *, seed: int, rank: int = 0, world: int = 1) -> None:
        check_seed(seed)
        classes = ClassIndex(labels, who="Shuffled", zero_count="ignore")
        self._num = len(classes.members)
        self._seed = seed
        stream = Stream(self._draw, length=self._num, rank=rank, world=world)
        super().__init__(stream, classes.summary)
        self.seen = expected_seen(classes.sizes, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return torch.randperm(self._num, generator=generator(self._seed, number)), memory
