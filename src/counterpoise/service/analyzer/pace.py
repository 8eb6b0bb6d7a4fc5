"""How long batches take, and how much of its time analysis has work: its share of the roofline."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LATELY = 60.0  # seconds that are looked back
MOST = 20_000  # batches that are remembered


@dataclass(frozen=True)
class Recent:
    """The last minute of analysis.

    Args:
        frames: that were analysed or found unusable.
        batches: in how many calls of the model.
        median: seconds of a batch, from decoding to the stored pictures.
        slow: seconds that 99 % of batches are below.
        busy: share of the threads' time in which there was work.
        rate: frames a second.
        possible: frames a second if there were always work: the roofline of these threads.
    """

    frames: int
    batches: int
    median: float
    slow: float
    busy: float
    rate: float
    possible: float | None


class Pace:
    """Remembers the batches of the last minute; threads may share it.

    Args:
        threads: that analyse.
        clock: monotonic seconds.
    """

    def __init__(self, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._threads, self._clock = threads, clock
        self._lock = threading.Lock()
        self._batches: deque[tuple[float, int, float]] = deque(maxlen=MOST)
        self._begun = clock()

    def add(self, frames: int, seconds: float) -> None:
        """A batch ended now."""
        with self._lock:
            self._batches.append((self._clock(), frames, seconds))
            self._forget()  # also while nobody looks at a page that asks

    def recent(self) -> Recent:
        """The last minute, or the time since the start if that is less."""
        at = self._clock()
        with self._lock:
            self._forget()
            found = list(self._batches)
        length = max(1e-9, min(LATELY, at - self._begun))
        if len(found) == MOST:  # as far as is remembered
            length = max(1e-9, at - found[0][0])
        frames = sum(batch[1] for batch in found)
        times = np.array([batch[2] for batch in found] or [0.0])
        worked = float(times.sum())
        return Recent(
            frames=frames,
            batches=len(found),
            median=float(np.median(times)),
            slow=float(np.quantile(times, 0.99)),
            busy=min(1.0, worked / (length * self._threads)),
            rate=frames / length,
            possible=self._threads * frames / worked if worked else None,
        )

    def _forget(self) -> None:
        """Batches of more than a minute ago; with the lock."""
        while self._batches and self._batches[0][0] < self._clock() - LATELY:
            self._batches.popleft()
