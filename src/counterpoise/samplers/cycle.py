"""A list that is seen again and again, in a new order each time."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from counterpoise.samplers.stream import generator

Indices = npt.NDArray[np.int64]


class Cycle:
    """Shuffled passes over a list, one after the other, addressed by position.

    What stands at a position is a pure function of (seed, key, position), so that a cursor is
    all there is to remember. In numpy, because a batch asks the cycle of every class for a few.

    Args:
        members: (n,) the list, n at least 1 where anything is taken.
        seed: 0 or more.
        key: tells the cycles of one sampler apart.
    """

    def __init__(self, members: Tensor, seed: int, *key: int) -> None:
        self._members: Indices = members.numpy()
        self._length = len(members)
        self._seed = seed
        self._key = key
        self._number = -1  # of the pass in `_pass`
        self._pass = self._members

    def take(self, cursor: int, num: int) -> Indices:
        """What stands at positions `cursor` to ``cursor + num``, (num,)."""
        if self._length == 1:
            return self._members.repeat(num)
        if not num:
            return self._members[:0]
        number, offset = divmod(cursor, self._length)
        parts = [self._at(number)[offset : offset + num]]
        left = num - len(parts[0])
        while left > 0:
            number += 1
            parts.append(self._at(number)[:left])
            left -= len(parts[-1])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _at(self, number: int) -> Indices:
        """Pass `number`, (n,)."""
        if number != self._number:
            random = generator(self._seed, *self._key, number)
            self._pass = self._members[torch.randperm(self._length, generator=random).numpy()]
            self._number = number
        return self._pass
