"""A class first, all alike, then one of its samples."""

from torch import Tensor

from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed


class ClassBalanced(StreamSampler):
    """Draw each class with the same probability, then one of its samples.

    Draws are independent. Unlike `RandomOver`, N draws need not hold every sample,
    and a round is as long as plain training's.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed gives the same stream on every machine.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, or a negative seed.

    Reference: Kang et al. 2020, eq. 1 with q = 0.

    >>> ClassBalanced([0] * 98 + [1] * 2, seed=0).seen
    (50.0, 50.0)
    """

    corrects_prior = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        self._seed = seed
        self._classes = ClassIndex(labels, who="ClassBalanced", zero_count=zero_count)
        self._shares = self._classes.present.double()
        num = len(self._classes.members)
        stream = Stream(self._draw, length=num, rank=rank, world=world)
        super().__init__(stream, self._classes.summary)
        self.seen = expected_seen(self._shares, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return self._classes.block(self._shares, self._seed, number), memory


def balanced(labels: LabelSource, *, seed: int = 0) -> ClassBalanced:
    """A sampler that draws all classes equally often, for labels (N,) or a data set.

    >>> import torch
    >>> indices = balanced([0, 0, 0, 1], seed=0).take(1000)
    >>> bool(400 < torch.count_nonzero(indices == 3) < 600)
    True
    """
    return ClassBalanced(labels, seed=seed)
