"""Classes by the square root of their size."""

from torch import Tensor

from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed


class SquareRootSampling(StreamSampler):
    """Draw each class in proportion to ``sqrt(n_k)``, then one of its samples.

    Halfway between plain training and `ClassBalanced`, on a logarithmic scale. Draws are
    independent: N of them need not hold every sample.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed gives the same stream on every machine.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, or a negative seed.

    Reference: Kang et al. 2020, eq. 1 with q = 1/2.

    >>> SquareRootSampling([0] * 90 + [1] * 10, seed=0).seen
    (75.0, 25.0)
    """

    identity_name = "SquareRoot"  # its name when the first of its runs were recorded
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
        self._classes = ClassIndex(labels, who="SquareRootSampling", zero_count=zero_count)
        self._shares = self._classes.sizes.double().sqrt()
        num = len(self._classes.members)
        stream = Stream(self._draw, length=num, rank=rank, world=world)
        super().__init__(stream, self._classes.summary)
        self.seen = expected_seen(self._shares, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return self._classes.block(self._shares, self._seed, number), memory
