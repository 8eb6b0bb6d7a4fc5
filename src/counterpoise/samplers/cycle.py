"""A list met again and again, in a new order each time."""

import torch
from torch import Tensor

from counterpoise.samplers.stream import generator


class Cycle:
    """Shuffled passes over a list, one after the other, addressed by position.

    What stands at a position is a pure function of (seed, key, position), so that a cursor is
    all there is to remember.

    Args:
        members: (n,) the list, n at least 1 where anything is taken.
        seed: 0 or more.
        key: tells the cycles of one sampler apart.
    """

    def __init__(self, members: Tensor, seed: int, *key: int) -> None:
        self._members = members
        self._seed = seed
        self._key = key
        self._number = -1  # of the pass in `_pass`
        self._pass = members

    def take(self, cursor: int, num: int) -> Tensor:
        """What stands at positions `cursor` to ``cursor + num``, (num,)."""
        parts = [self._members[:0]]
        while num:
            number, offset = divmod(cursor, len(self._members))
            if number != self._number:
                random = generator(self._seed, *self._key, number)
                self._pass = self._members[torch.randperm(len(self._members), generator=random)]
                self._number = number
            parts.append(self._pass[offset : offset + num])
            cursor += len(parts[-1])
            num -= len(parts[-1])
        return torch.cat(parts)
