"""Bytes of all downloads that are running, within one bound, however many cameras there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from counterpoise.service.runtime.failure import DeviceError

MOST = 256 << 20  # bytes


class Held:
    """What one download has so far; given up when it is the largest and all have too much."""

    def __init__(self, downloads: Downloads, buffer: bytearray) -> None:
        self._downloads, self.buffer = downloads, buffer
        self.counted = 0
        self.given_up = False

    def settle(self) -> None:
        """Count what the buffer has now.

        Raises:
            DeviceError: it was given up; its buffer is empty.
        """
        if not self.given_up:
            self._downloads.count(self)
        if self.given_up:
            most = self._downloads.most >> 20
            raise DeviceError(
                "too big", f"all downloads have more than {most} MiB, and this was the largest"
            )


class Downloads:
    """Counts them; for one event loop.

    Args:
        most: bytes of all together.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.total = 0
        self._held: set[Held] = set()

    @contextmanager
    def holding(self, buffer: bytearray) -> Iterator[Held]:
        """A download into this buffer; `settle` after each change of it."""
        held = Held(self, buffer)
        self._held.add(held)
        try:
            yield held
        finally:
            self._held.discard(held)
            self.total -= held.counted

    def count(self, held: Held) -> None:
        """Take up the size of a buffer, and empty the largest ones while all have too much."""
        self.total += len(held.buffer) - held.counted
        held.counted = len(held.buffer)
        while self.total > self.most:
            largest = max(self._held, key=lambda one: one.counted)
            self.total -= largest.counted
            largest.counted, largest.given_up = 0, True
            largest.buffer.clear()  # now: the one that stalls may not come back for long
