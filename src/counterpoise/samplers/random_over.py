"""Random minority oversampling."""

import math

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import ArgumentError
from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import BLOCK, ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.permutation import Permutation, uniform
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed, generator

LISTED = 2**22  # indices of a pass that are held as a list; longer passes are worked out in pieces


class RandomOver(StreamSampler):
    """Every sample once per pass, and small classes repeated up to the largest.

    The extra samples are drawn with replacement, once; passes reshuffle the same list. One
    pass is as long as all classes at the largest size, so at equal *epochs* oversampling also
    gets more updates: compare at equal updates. Passes of more than 2^22 indices are worked out
    in pieces, so that memory goes with N and not with K times the largest class.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more; the same seed gives the same stream on every machine.
        ratio: largest over smallest class size wanted, at least 1: classes below
            ``ceil(n_max / ratio)`` are raised to it. 1 makes all equal, as in the paper.
        redraw: draw the extra samples again for each pass.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Raises:
        ArgumentError: a class without a sample, a ratio below 1, or a negative seed.

    Reference: Buda et al. 2018, section 2.1.

    >>> labels = [0, 0, 0, 1]
    >>> sampler = RandomOver(labels, seed=0)
    >>> sampler.seen, sampler.take(6).sort().values
    ((3.0, 3.0), tensor([0, 1, 2, 3, 3, 3]))
    """

    corrects_prior = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        ratio: float = 1.0,
        redraw: bool = False,
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
        self._redraw = redraw
        self._classes = ClassIndex(labels, who="RandomOver", zero_count=zero_count)
        sizes = self._classes.sizes
        floor = math.ceil(int(sizes.max()) / ratio - 1e-9)
        self._extra = (floor - sizes).clamp_min(0) * self._classes.present  # (K,)
        self._num = int((sizes + self._extra).sum())
        listed = self._num <= LISTED
        self._list = self._draw_list(0) if listed else None
        self._ends = self._extra.cumsum(0).numpy()  # of each class's places among the extra ones
        draw = self._draw if listed else self._draw_places
        stream = Stream(draw, length=self._num, rank=rank, world=world)
        super().__init__(stream, self._classes.summary)
        self.seen = expected_seen(sizes + self._extra, len(self))

    def _draw_list(self, number: int) -> Tensor:
        extra = self._classes.draw(self._extra, generator(self._seed, 0, number))
        return torch.cat((self._classes.members, extra))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        """Pass `number` as a whole, from the list of all its indices."""
        indices = self._draw_list(number) if self._redraw and number else self._list
        assert indices is not None, "a pass in pieces is drawn otherwise"
        order = torch.randperm(len(indices), generator=generator(self._seed, 1, number))
        return indices[order], memory

    def _draw_places(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        """A piece of a pass, worked out index by index: nothing as long as the pass is held."""
        turn, piece = divmod(number, -(-self._num // BLOCK))
        places = np.arange(piece * BLOCK, min((piece + 1) * BLOCK, self._num))
        found = Permutation(self._num, self._seed, 1, turn).at(places)
        members = self._classes.members.numpy()
        indices = members[np.minimum(found, len(members) - 1)]
        beyond = np.flatnonzero(found >= len(members))
        extra = found[beyond] - len(members)
        k = np.searchsorted(self._ends, extra, side="right")
        sizes, starts = self._classes.sizes.numpy()[k], self._classes.starts.numpy()[k]
        chosen = uniform(extra, self._seed, 0, turn if self._redraw else 0) * sizes
        indices[beyond] = members[starts + np.minimum(chosen.astype(np.int64), sizes - 1)]
        return torch.from_numpy(indices), memory
