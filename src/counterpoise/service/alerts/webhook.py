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
from collections.abc import Callable
from dataclasses import replace

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
AT_ONCE = 8  # that are sent at a time
STEP = 0.5  # seconds between two looks for what is due

log = logging.getLogger(__name__)


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
    """Sends what is due, from a thread of its own.

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
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._send_for_ever()), name="webhooks", daemon=True
        )

    def start(self) -> None:
        """Begin; what was due when the last server ended goes on."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is being sent is sent again at the next start."""
        self._ended.set()
        self._thread.join()

    async def _send_for_ever(self) -> None:
        async with Fetcher(self._guard) as fetcher:
            while not self._ended.is_set():
                try:
                    found = await asyncio.to_thread(self._due)
                    sending = [asyncio.ensure_future(self._send(fetcher, one)) for one in found]
                    waiting = set(sending)
                    while waiting and not self._ended.is_set():
                        _, waiting = await asyncio.wait(waiting, timeout=STEP)
                    for task in waiting:
                        task.cancel()
                    await self._require_written(sending)
                except SQLAlchemyError as error:  # locked, or its disk is full
                    log.warning("webhooks wait for the database: %s", type(error).__name__)
                    found = []
                if not found:
                    await asyncio.sleep(STEP)

    async def _require_written(self, sending: list[asyncio.Task[None]]) -> None:
        """Wait where an outcome is not written down: what is sent would be sent again at once."""
        for outcome in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.warning("a webhook's outcome is not kept: %s", type(outcome).__name__)
                self._unwritten += 1
                seconds = min(LONGEST, FIRST * 2.0 ** min(self._unwritten - 1, 30))
                end = time.monotonic() + seconds
                while time.monotonic() < end and not self._ended.is_set():
                    await asyncio.sleep(STEP)
                return
        if sending:
            self._unwritten = 0

    def _due(self) -> list[Due]:
        with self._engine.connect() as connection:
            farthest = int(2 * LONGEST * 1e6)
            return deliveries.due(connection, self._clock(), AT_ONCE, farthest)

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
        await asyncio.to_thread(self._tried, one.id, at, status, outcome, again)

    def _tried(
        self, number: int, at: int, status: int | None, outcome: str, again: int | None
    ) -> None:
        with self._engine.begin() as connection:
            deliveries.tried(connection, number, at, status, outcome, again)
            deliveries.trim(connection)


def guard_of(guard: EgressGuard) -> EgressGuard:
    """The guard for webhooks: that of cameras, without the demo's loopback address."""
    return replace(guard, emulator=None)
