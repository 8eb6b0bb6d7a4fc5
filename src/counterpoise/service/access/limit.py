"""How often somebody may try a password."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

TRIES = 5  # failures of one name or one address
WINDOW = 300.0  # seconds
KEYS = 10_000  # that are remembered


class LoginLimit:
    """Five failures of a name, or of an address, in five minutes, and it has to wait.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, *keys: str) -> float:
        """Seconds until one may try again; 0 for now."""
        now = self._clock()
        with self._lock:
            full = [self._recent(key, now) for key in keys]
        return max((f[0] + WINDOW - now for f in full if len(f) >= TRIES), default=0.0)

    def failed(self, *keys: str) -> None:
        """A password was wrong."""
        now = self._clock()
        with self._lock:
            for key in keys:
                times = self._failures.setdefault(key, deque(maxlen=TRIES))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """The password of a name was right: its failures are forgotten."""
        with self._lock:
            self._failures.pop(key, None)

    def _recent(self, key: str, now: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return times
