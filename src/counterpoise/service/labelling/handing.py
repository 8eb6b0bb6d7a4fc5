"""Who has which frame before them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

KEPT = 120.0  # seconds that a frame is somebody's who does nothing with it


class Handed:
    """Frames that people have before them, so that others are given other ones.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._held: dict[int, tuple[str, float]] = {}

    def others(self, who: str) -> list[int]:
        """Frames that somebody else has."""
        now = self._clock()
        with self._lock:
            self._held = {f: held for f, held in self._held.items() if held[1] > now}
            return [frame for frame, (holder, _) in self._held.items() if holder != who]

    def hold(self, who: str, frames: Iterable[int]) -> None:
        """These are before a person now."""
        until = self._clock() + KEPT
        with self._lock:
            self._held.update((frame, (who, until)) for frame in frames)

    def free(self, frame: int) -> None:
        """Nobody has it any more."""
        with self._lock:
            self._held.pop(frame, None)
