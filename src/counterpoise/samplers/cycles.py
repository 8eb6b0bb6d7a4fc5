"""Each class as an endless list of its own, without replacement until it is used up."""

import torch
from torch import Tensor

from counterpoise.samplers.class_index import ClassIndex
from counterpoise.samplers.stream import generator


class ClassCycles:
    """Shuffled passes over each class, one after the other, addressed by position.

    Position c of class k is a pure function of (seed, k, c), so that a cursor per class is all
    there is to remember.

    Args:
        classes: positions of each class.
        seed: 0 or more.
    """

    def __init__(self, classes: ClassIndex, seed: int) -> None:
        self._classes = classes
        self._seed = seed
        self._sizes: list[int] = classes.sizes.tolist()
        self._passes: dict[int, tuple[int, Tensor]] = {}  # class -> (number, its pass)

    def take(self, k: int, cursor: int, num: int) -> Tensor:
        """Positions `cursor` to ``cursor + num`` of class `k`'s list, (num,)."""
        size, parts = self._sizes[k], []
        while num:
            number, offset = divmod(cursor, size)
            part = self._pass(k, number)[offset : offset + num]
            parts.append(part)
            cursor += len(part)
            num -= len(part)
        return torch.cat(parts) if parts else torch.empty(0, dtype=torch.int64)

    def _pass(self, k: int, number: int) -> Tensor:
        known, order = self._passes.get(k, (-1, None))
        if order is None or known != number:
            random = generator(self._seed, 1, k, number)
            order = self._classes.of(k)[torch.randperm(self._sizes[k], generator=random)]
            self._passes[k] = number, order
        return order
