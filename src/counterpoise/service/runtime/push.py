"""A device that sends its frames itself: the web layer takes them and hands them over."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Pace, Position, Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import LARGEST, Fetcher

WAITING = 8  # frames that were put in and are not taken yet


class Push:
    """Frames in the order in which they were put in; those faster than wanted are surplus."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: deque[tuple[bytes, int, Position | None]] = deque()
        self._wake: Callable[[], object] = lambda: None
        self._closed = False

    def put(self, content: bytes, position: Position | None = None) -> None:
        """Hand over a frame, from any thread. One that is taken is accounted for.

        Raises:
            DeviceError: it is too big, too many wait already, or the device has ended.
        """
        if len(content) > LARGEST:
            raise DeviceError("too big", f"{len(content)} bytes; {LARGEST} are the most")
        with self._lock:
            if self._closed:
                raise DeviceError("connect", "the service does not take frames of it now")
            if len(self._frames) >= WAITING:
                raise DeviceError("too fast", f"{WAITING} frames wait already")
            self._frames.append((content, now(), position))
            self._wake()

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """Every frame that was put in."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        ending.then(came.set)
        with self._lock:
            self._wake = lambda: loop.call_soon_threadsafe(came.set)
        pace = Pace(source.interval)
        last: tuple[bytes, Position | None] = b"", None
        try:
            while not self._closed:
                came.clear()
                for content, at, position in self._take(and_close=ending.begun):
                    is_surplus, same = not pace.wants(), (content, position) == last
                    yield EncodedFrame(content, at, same, is_surplus, position)
                    last = last if is_surplus else (content, position)
                if not self._closed:
                    await came.wait()
        finally:
            self._take(and_close=True)

    def _take(self, and_close: bool) -> list[tuple[bytes, int, Position | None]]:
        with self._lock:
            self._closed |= and_close
            taken = list(self._frames)
            self._frames.clear()
        return taken
