"""Made for tests/contracts/test_four_files.py: sampler."""

from torch import Tensor

from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed


class MadeSampler(StreamSampler):
    """Draw each class in proportion to the logarithm of its size.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Reference: made for a test.

    >>> len(MadeSampler([0] * 90 + [1] * 10, seed=0))
    100
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
        self._classes = ClassIndex(labels, who="MadeSampler", zero_count=zero_count)
        self._shares = self._classes.sizes.double().log1p()
        num = len(self._classes.members)
        super().__init__(Stream(self._draw, length=num, rank=rank, world=world))
        self.seen = expected_seen(self._shares, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return self._classes.block(self._shares, self._seed, number), memory
