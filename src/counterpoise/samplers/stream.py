"""An endless stream of indices, made of blocks, that can be cut into ranks and resumed."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.samplers.chunk import CHUNK, Chunk

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
        memory: what the first block is drawn with; JSON-able. A number under "length" replaces
            `length`.
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
        self._chunk: Chunk | None = None
        self._left = 0  # indices of this rank until the round of an iterator ends
        self._resumed_left = 0  # the same, of a round that a loaded state was taken in

    @property
    def rank(self) -> int:
        """Which slice this process takes."""
        return self._rank

    @property
    def world(self) -> int:
        """Number of processes."""
        return self._world

    def take(self, num: int) -> Tensor:
        """The next `num` indices of this rank: every world-th of ``num * world``."""
        if num < 0:
            raise ArgumentError(f"a number of indices is not negative; got {num}")
        self._settle()
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

    def skip(self, num: int) -> None:
        """Pass over `num` indices of this rank; the next iteration ends the round they began."""
        self.take(num)
        self._resumed_left = (self._resumed_left - num) % len(self)

    def __iter__(self) -> Iterator[int]:
        """One round of this rank, or the rest of a resumed one, continuing the stream."""
        left, self._resumed_left = self._resumed_left or len(self), 0
        try:
            while left:
                chunk = self._ready(left)
                yield from chunk.values
                self._settle()
                left -= chunk.used
        finally:  # also where the caller breaks off, so that the next round is a whole one
            self._settle()
            self._left = 0

    def __len__(self) -> int:
        return -(-int(self._memory.get("length", self._length)) // self._world)

    @property
    def memory(self) -> Memory:
        """What the next new block would be drawn with."""
        self._settle()
        if self._block is None and self._offset:
            self._block, self._next_memory = self._draw(self._number, self._memory)
        return self._next_memory

    def restart(self, memory: Memory) -> None:
        """Drop the rest of the current block and draw the next one with `memory`."""
        self._settle()
        if self._offset:
            self._number += 1
        self._offset = 0
        self._memory = self._next_memory = memory
        self._block = None

    def state_dict(self) -> dict[str, Any]:
        """Cursors and memory, JSON-able; the same on all ranks."""
        self._settle()
        return {
            "position": self._position,
            "block": self._number,
            "offset": self._offset,
            "memory": self._memory,
            "left": (self._left or self._resumed_left) * self._world,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where `state` was taken.

        Raises:
            CheckpointError: `state` is not one of a sampler stream.
        """
        missing = {"position", "block", "offset", "memory"} - set(state)
        if missing:
            raise CheckpointError(f"sampler state lacks {', '.join(sorted(missing))}")
        self._settle()
        self._left = 0
        self._resumed_left = -(-int(state.get("left", 0)) // self._world)
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

    def _ready(self, left: int) -> Chunk:
        """Some of the next `left` indices of this rank; the cursor moves when they are used."""
        self._settle()
        block = self._current()
        steps = min(left, CHUNK, (len(block) - self._offset) // self._world)
        if steps:
            end = self._offset + steps * self._world
            self._chunk = Chunk(block[self._offset + self._rank : end : self._world], left)
            return self._chunk
        whole = Chunk(self.take(1), left)  # this index lies across two blocks
        self._left, whole.used = left - 1, 1
        return whole

    def _settle(self) -> None:
        """Move the cursor past what an iterator has given out, and stop it there."""
        chunk, self._chunk = self._chunk, None
        if chunk is None:
            return
        chunk.used -= operator.length_hint(chunk.values)
        deque(chunk.values, maxlen=0)
        self._offset += chunk.used * self._world
        self._position += chunk.used * self._world
        self._left = chunk.left - chunk.used


def check_seed(seed: int) -> None:
    """Refuse what cannot be hashed into a stream."""
    try:
        right = operator.index(seed) >= 0
    except TypeError:
        right = False
    if not right:
        raise ArgumentError(
            f"seed is a whole number, 0 or more, which the stream is a function of; got {seed!r} "
            "(for another stream each time, draw a seed: secrets.randbits(32))"
        )


def generator(seed: int, *key: int) -> torch.Generator:
    """A generator for one purpose, the same on every machine and in every process."""
    state = np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(state[0]) >> 1)
