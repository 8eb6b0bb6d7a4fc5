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

    A try counts as a failure from its begin, so that many at once gain nothing.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, *keys: str) -> float:
        """Begin a try: 0, or the seconds until one may try again, and then nothing is begun."""
        now = self._clock()
        with self._lock:
            full = [self._recent(key, now) for key in keys]
            wait = max((f[0] + WINDOW - now for f in full if len(f) >= TRIES), default=0.0)
            if wait > 0:
                return wait
            for key in keys:
                times = self._failures.setdefault(key, deque(maxlen=TRIES))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > KEYS:
                self._failures.popitem(last=False)
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """The password was right: the name's failures are forgotten, the address' try is none."""
        with self._lock:
            self._failures.pop(name, None)
            if times := self._failures.get(address):
                times.pop()

    def _recent(self, key: str, now: float) -> deque[float]:
        times = self._failures.get(key, deque())
        while times and times[0] <= now - WINDOW:
            times.popleft()
        return times
