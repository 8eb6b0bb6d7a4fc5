"""Each class in each batch."""

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.cycle import Cycle
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed, generator


class EveryClass(StreamSampler):
    """Fill each batch with some samples of every class first, the rest as they come.

    With more classes than places, classes take turns: each comes once in every K places.
    Samples of a class come without replacement until all were seen. Batches are those of
    `batch_size` indices over all ranks, taken from the beginning of the stream, and a round is
    a whole number of them, at least N indices.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed gives the same stream on every machine.
        batch_size: B, indices per batch over all ranks.
        per_class: samples of each class that a batch holds at least, if it has K times as
            many places; else classes take turns.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, a negative seed, or sizes below 1.

    Reference: for ``weights.BatchBalanced`` (Huang, Song and Lu 2019), which weighs what is there.

    >>> labels = torch.tensor([0] * 97 + [1, 2, 2])
    >>> batches = EveryClass(labels, seed=0, batch_size=5).take(20).view(4, 5)
    >>> [sorted(set(labels[batch].tolist())) for batch in batches]
    [[0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
    """

    corrects_prior = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        batch_size: int,
        per_class: int = 1,
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        if batch_size < 1 or per_class < 1:
            raise ArgumentError(
                "batch_size and per_class are at least 1; got batch_size "
                f"{batch_size}, per_class {per_class}"
            )
        classes = ClassIndex(labels, who="EveryClass", zero_count=zero_count)
        here = classes.present.nonzero()[:, 0]
        turn = here[torch.randperm(len(here), generator=generator(seed, 0))].tolist()
        self._seed = seed
        self._batch_size = batch_size
        # Whole helpings alone: three classes in seven places get two each and one as it comes.
        fits = per_class * len(turn) <= batch_size
        self._per_class = per_class if fits else 0
        self._rest = batch_size - self._per_class * len(turn) if fits else 0
        self._cycles = [Cycle(classes.of(k), seed, 1, k) for k in turn]  # in their order of turns
        self._all = Cycle(classes.members, seed, 2)
        num = len(classes.members)
        length = -(-num // batch_size) * batch_size  # else a loader would cut batches elsewhere
        super().__init__(Stream(self._draw, length=length, rank=rank, world=world), classes.summary)
        natural = self._rest * classes.sizes.double() / num
        even = (batch_size - self._rest) * classes.present.double() / len(turn)
        self.seen = expected_seen(natural + even, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        if self._per_class:
            cursor = number * self._per_class
            parts = [cycle.take(cursor, self._per_class) for cycle in self._cycles]
            parts.append(self._all.take(number * self._rest, self._rest))
        else:
            places = range(number * self._batch_size, (number + 1) * self._batch_size)
            turns = [divmod(place, len(self._cycles)) for place in places]
            parts = [self._cycles[turn].take(cursor, 1) for cursor, turn in turns]
        batch = torch.from_numpy(np.concatenate(parts))
        order = torch.randperm(len(batch), generator=generator(self._seed, 3, number))
        return batch[order], memory
