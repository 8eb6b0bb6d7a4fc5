"""How often one host is asked: many cameras are served by one agency, which has its own rules."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

FORGET = 1000  # hosts beyond which those that may be asked at once are forgotten


class Turns:
    """Lets a host be asked so many times a second: at once what is due in one second, then evenly.

    Args:
        rates: requests a second of some hosts.
        rate: of every other.
        clock: in seconds.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        rates: Mapping[str, float],
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rates, self._rate = rates, rate
        self._clock, self._sleep = clock, sleep
        self._due: dict[str, float] = {}  # when the next one of a host would be, spaced evenly

    async def wait(self, host: str) -> None:
        """Wait for the turn of a request."""
        at, each = self._clock(), 1 / self._rates.get(host, self._rate)
        due = max(at, self._due.get(host, at))
        self._due[host] = due + each
        if len(self._due) > FORGET:
            self._due = {name: then for name, then in self._due.items() if then > at}
        early = due - at - max(0.0, 1 - each)
        if early > 0:
            await self._sleep(early)
