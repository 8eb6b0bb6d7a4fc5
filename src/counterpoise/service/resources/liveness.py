"""Which processes are taken to be dead: those whose beat stands still while somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping


class Liveness:
    """Watches beats by the clock of this process, so that no two clocks have to agree.

    Only time during which this process could look counts: after a pause of its own, or of the
    database, everybody has all of the time again.

    Args:
        lease: seconds without a beat after which a process is dead.
        clock: seconds, which only go forward.
    """

    def __init__(self, lease: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lease, self._clock = lease, clock
        self._seen: dict[str, tuple[int, float]] = {}  # beat, and when it was seen first
        self._first: dict[str, float] = {}  # when a process was seen first
        self._last = clock()
        self.young: set[str] = set()  # seen for less than the lease: cannot tell yet who is dead

    def looked(self, at: float) -> None:
        """This process looks now; whether it slept is seen by that."""
        if at - self._last > self._lease / 2:
            self.forget()
        self._last = at

    def waited(self, seconds: float) -> None:
        """It had to wait for the database, and so may others."""
        if seconds > self._lease / 3:
            self.forget()

    def forget(self) -> None:
        """Give everybody all of the time again."""
        self._seen = {}

    def dead(self, beats: Mapping[str, int]) -> set[str]:
        """Of these processes, those whose beat stood still too long."""
        at = self._clock()
        self._seen = {
            one: self._seen[one] if self._seen.get(one, (None,))[0] == number else (number, at)
            for one, number in beats.items()
        }
        self._first = {one: self._first.get(one, at) for one in beats}
        self.young = {one for one, first in self._first.items() if at - first <= self._lease}
        return {one for one, (_, since) in self._seen.items() if at - since > self._lease}

    def silence(self, one: str) -> float | None:
        """Seconds for which a beat stood still, if that is too long; else None."""
        since = self._seen.get(one, (0, self._clock()))[1]
        still = self._clock() - since
        return still if still > self._lease else None
