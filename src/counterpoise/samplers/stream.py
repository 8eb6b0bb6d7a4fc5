"""An endless stream of indices, made of blocks, that can be cut into ranks and resumed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import ArgumentError, CheckpointError

Memory = dict[str, Any]
Draw = Callable[[int, Memory], tuple[Tensor, Memory]]


class Stream:
    """Blocks of indices end to end: all ranks walk the same stream, each keeps its slice.

    ``draw(number, memory)`` returns block `number`, int64 (L,) with L at least 1, and the
    memory for the block after it. It must be a pure function of both, so that a stream is
    resumed by drawing one block again. A sampler that needs no memory passes it through.

    Args:
        draw: makes a block.
        length: indices in one round, over all ranks.
        rank: which slice this process takes, from 0.
        world: number of processes.
        memory: what the first block is drawn with; JSON-able.
    """

    def __init__(
        self,
        draw: Draw,
        *,
        length: int,
        rank: int = 0,
        world: int = 1,
        memory: Memory | None = None,
    ) -> None:
        if not 0 <= rank < world:
            raise ArgumentError(f"rank is in [0, world); got rank {rank} of world {world}")
        self._draw = draw
        self._length = length
        self._rank = rank
        self._world = world
        self._position = 0  # indices handed out, over all ranks
        self._number = 0
        self._offset = 0  # of the next index inside block `_number`
        self._memory: Memory = memory or {}  # that block `_number` is drawn with
        self._next_memory: Memory = self._memory
        self._block: Tensor | None = None

    def take(self, num: int) -> Tensor:
        """The next `num` indices of this rank: every world-th of ``num * world``."""
        if num < 0:
            raise ArgumentError(f"a number of indices is not negative; got {num}")
        wanted = num * self._world
        parts: list[Tensor] = []
        while wanted:
            block = self._current()
            part = block[self._offset : self._offset + wanted]
            parts.append(part)
            wanted -= len(part)
            self._offset += len(part)
            self._position += len(part)
        whole = torch.cat(parts) if parts else torch.empty(0, dtype=torch.int64)
        return whole[self._rank :: self._world].contiguous()

    def __iter__(self) -> Iterator[int]:
        """One round of this rank, continuing the stream."""
        left = len(self)
        while left:
            indices = self.take(min(left, 1024)).tolist()
            left -= len(indices)
            yield from indices

    def __len__(self) -> int:
        return -(-self._length // self._world)

    @property
    def memory(self) -> Memory:
        """What the next new block would be drawn with."""
        if self._block is None and self._offset:
            self._block, self._next_memory = self._draw(self._number, self._memory)
        return self._next_memory

    def restart(self, memory: Memory) -> None:
        """Drop the rest of the current block and draw the next one with `memory`."""
        if self._offset:
            self._number += 1
        self._offset = 0
        self._memory = self._next_memory = memory
        self._block = None

    def state_dict(self) -> dict[str, Any]:
        """Cursors and memory, JSON-able; the same on all ranks."""
        return {
            "position": self._position,
            "block": self._number,
            "offset": self._offset,
            "memory": self._memory,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken.

        Raises:
            CheckpointError: `state` is not one of a sampler stream.
        """
        missing = {"position", "block", "offset", "memory"} - set(state)
        if missing:
            raise CheckpointError(f"sampler state lacks {', '.join(sorted(missing))}")
        self._position = int(state["position"])
        self._number = int(state["block"])
        self._offset = int(state["offset"])
        self._memory = self._next_memory = dict(state["memory"])
        self._block = None

    def _current(self) -> Tensor:
        """The block at the cursor, drawn when it is first needed."""
        if self._block is not None and self._offset >= len(self._block):
            self._number += 1
            self._offset = 0
            self._memory = self._next_memory
            self._block = None
        if self._block is None:
            self._block, self._next_memory = self._draw(self._number, self._memory)
        return self._block


def check_seed(seed: int) -> None:
    """Refuse what cannot be hashed into a stream."""
    if seed < 0:
        raise ArgumentError(f"seed is 0 or more; got {seed}")


def generator(seed: int, *key: int) -> torch.Generator:
    """A generator for one purpose, the same on every machine and in every process."""
    state = np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]) >> 1)
