"""Tells webhooks what was raised and cleared, signed, and again until they have it.

Signed as https://www.standardwebhooks.com says, for which receivers have libraries: the header
`webhook-signature` is "v1," and the HMAC-SHA256 of "id.timestamp.body" by the rule's secret.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service.database import deliveries
from counterpoise.service.database.alerts import SECRET
from counterpoise.service.database.deliveries import Due
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher

FIRST = 10.0  # seconds, the longest first wait; it doubles
LONGEST = 3600.0  # seconds between two tries
TRIES = 12  # then it is given up, after some hours
AT_ONCE = 64  # that are sent at a time
OF_ONE = 2  # of them to one receiver, so that one which hangs takes no other's place
STEP = 0.5  # seconds between two looks for what is due

log = logging.getLogger(__name__)

T = TypeVar("T")


def signature(secret: str, number: str, moment: int, body: str) -> str:
    """The signature of a body that is sent at `moment`, in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(SECRET))
    signed = f"{number}.{moment}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def wait(tries: int, random_: random.Random, after: float = 0.0) -> float:
    """Seconds until the next try: drawn between 0 and a bound that doubles (full jitter)."""
    bound = min(LONGEST, FIRST * 2.0 ** min(tries - 1, 30))
    return max(random_.uniform(0.0, bound), min(after, LONGEST))


class Deliverer:
    """Sends what is due, side by side, from a thread of its own.

    A receiver has `OF_ONE` deliveries at a time at most, and all together `AT_ONCE`; one that
    hangs delays its own alone.

    Args:
        engine: of the database.
        guard: of what may be connected to.
        clock: microseconds since 1970.
        random_: draws the waits.
    """

    def __init__(
        self,
        engine: Engine,
        guard: EgressGuard,
        clock: Callable[[], int],
        random_: random.Random | None = None,
    ) -> None:
        self._engine, self._guard, self._clock = engine, guard, clock
        self._random = random_ or random.Random()
        self._unwritten = 0  # times in a row that outcomes could not be written
        self._sending: dict[asyncio.Task[None], Due] = {}
        self._writing = ThreadPoolExecutor(1, "webhooks-database")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin; what was due when the last server ended goes on."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is being sent is sent again at the next start."""
        self._ended.set()
        self._thread.join()
        self._writing.shutdown()

    def _run(self) -> None:
        loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(AT_ONCE, "look-up"))  # of names, dead ones too
        try:
            loop.run_until_complete(self._send_for_ever())
        finally:
            loop.close()  # and waits for no look-up

    async def _send_for_ever(self) -> None:
        async with Fetcher(self._guard) as fetcher:
            while not self._ended.is_set():
                await self._begin(fetcher)
                if self._sending:
                    await asyncio.wait(
                        self._sending, timeout=STEP, return_when=asyncio.FIRST_COMPLETED
                    )
                else:
                    await asyncio.sleep(STEP)
                await self._require_written()
            for task in self._sending:
                task.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def _begin(self, fetcher: Fetcher) -> None:
        """Send what is due to each receiver that has room."""
        try:
            found = await self._in_database(self._due)
        except SQLAlchemyError as error:  # locked, or its disk is full
            log.warning("webhooks wait for the database: %s", type(error).__name__)
            return
        for one in found:
            self._sending[asyncio.ensure_future(self._send(fetcher, one))] = one

    async def _require_written(self) -> None:
        """Wait where an outcome is not written down: what is sent would be sent again at once."""
        for task in [task for task in self._sending if task.done()]:
            del self._sending[task]
            outcome = task.exception()
            if outcome is None:
                self._unwritten = 0
                continue
            log.warning("a webhook's outcome is not kept: %s", type(outcome).__name__)
            self._unwritten += 1
            seconds = min(LONGEST, FIRST * 2.0 ** min(self._unwritten - 1, 30))
            end = time.monotonic() + seconds
            while time.monotonic() < end and not self._ended.is_set():
                await asyncio.sleep(STEP)
            return

    def _due(self) -> list[Due]:
        """What is sent now: of each receiver the first that are due, as far as it has room."""
        busy = Counter(receiver(one.url) for one in self._sending.values())
        numbers = {one.id for one in self._sending.values()}
        farthest, now, found = int(2 * LONGEST * 1e6), self._clock(), list[Due]()
        with self._engine.connect() as connection:
            for url in deliveries.receivers(connection, now, farthest):
                room = min(OF_ONE - busy[receiver(url)], AT_ONCE - len(numbers))
                if room <= 0:
                    continue
                some = deliveries.due(connection, now, len(numbers) + room, farthest, url)
                new = [one for one in some if one.id not in numbers][:room]
                busy[receiver(url)] += len(new)
                numbers |= {one.id for one in new}
                found += new
        return found

    async def _in_database(self, job: Callable[..., T], *given: object) -> T:
        """In a thread of its own, one after the other: the others may all look up names."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, job, *given)

    async def _send(self, fetcher: Fetcher, one: Due) -> None:
        at = self._clock()
        number, moment = f"msg_{one.id}", at // 1_000_000
        headers = {
            "Content-Type": "application/json",
            "webhook-id": number,
            "webhook-timestamp": str(moment),
            "webhook-signature": signature(one.secret, number, moment, one.body),
        }
        status, outcome, after, may_again = None, "", 0.0, True
        try:
            status, after = await fetcher.post(one.url, one.body.encode(), headers)
            outcome = "delivered" if 200 <= status < 300 else f"HTTP {status}"
            may_again = status != 410  # Gone
        except DeviceError as error:
            outcome, may_again = str(error), error.reason != "blocked"
        again = None
        if outcome != "delivered":
            if may_again and one.tries + 1 < TRIES:
                seconds = wait(one.tries + 1, self._random, after)
                again = self._clock() + int(seconds * 1e6)
            else:
                outcome = f"given up: {outcome}"
        await self._in_database(self._tried, one.id, at, status, outcome, again)

    def _tried(
        self, number: int, at: int, status: int | None, outcome: str, again: int | None
    ) -> None:
        with self._engine.begin() as connection:
            deliveries.tried(connection, number, at, status, outcome, again)
            deliveries.trim(connection)


def receiver(url: str) -> str:
    """Whom a URL tells: its host and port.

    >>> receiver("https://Hooks.example.org/a") == receiver("https://hooks.example.org/b?c")
    True
    """
    return urlsplit(url).netloc.lower()


def guard_of(guard: EgressGuard) -> EgressGuard:
    """The guard for webhooks: that of cameras, without the demo's loopback address."""
    return replace(guard, emulator=None)
