"""What every device is to the rest: a place that gives encoded frames, or says why not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from counterpoise.service.runtime.fetch import Fetcher


@dataclass(frozen=True)
class Source:
    """Where a device's frames are, as the device database says it.

    Args:
        url: address of the picture or stream.
        interval: seconds between two frames that are wanted.
        auth: user name and password, if it asks for them.
        options: further settings of its kind.
    """

    url: str
    interval: float = 4.0
    auth: tuple[str, str] | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)


Position = tuple[float, float]  # latitude and longitude in degrees


@dataclass(frozen=True)
class EncodedFrame:
    """A frame as it arrived.

    Args:
        content: bytes of an image file, or of a .npy file of samples.
        at: when its last byte arrived, microseconds since 1970, UTC.
        repeated: whether it is the same picture, to the byte, as the one before.
        surplus: whether it came sooner than `Source.interval` after the one before.
        position: where the device was, if it said so.
    """

    content: bytes = field(repr=False)
    at: int
    repeated: bool = False
    surplus: bool = False
    position: Position | None = None


@dataclass(frozen=True)
class Unchanged:
    """A device answered that its picture is still the same, and sent none."""


class Ending:
    """Tells one device to give no more frames; the frame that is arriving still comes."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._callbacks: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Tell it."""
        self._event.set()
        for callback in tuple(self._callbacks):
            callback()

    @property
    def begun(self) -> bool:
        """Whether it was told."""
        return self._event.is_set()

    def then(self, callback: Callable[[], None]) -> None:
        """Call this as soon as it is told."""
        self._callbacks.append(callback)

    @contextmanager
    def heard_by(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call this as soon as it is told, or at once if it was, while the block runs."""
        self._callbacks.append(callback)
        try:
            if self.begun:
                callback()
            yield
        finally:
            self._callbacks.remove(callback)

    async def sleep(self, seconds: float) -> bool:
        """Wait so long, or until it is told; whether it was."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True


class Pace:
    """One frame for each interval: picked from those that come when they will, or asked for."""

    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval, self._clock = interval, clock
        self._next = clock()

    def wants(self) -> bool:
        """Whether a frame that comes now is wanted; a late one does not delay those after it."""
        at = self._clock()
        if at < self._next:
            return False
        self._next = max(self._next, at - self._interval) + self._interval
        return True

    def pause(self) -> float:
        """Seconds until the next frame is to be asked for; 0 if that is past.

        Counted from when this one was due and not from when it was asked for: cameras that were
        once late together, as their process was busy, would else be asked together ever after.
        """
        at = self._clock()
        self._next = max(self._next + self._interval, at)
        return self._next - at


class Device(Protocol):
    """One device of one kind. A new kind is one file that has this, and a line in `kinds.py`."""

    def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame | Unchanged, None]:
        """Frames as they come, until the ending has begun.

        Raises:
            DeviceError: it stopped giving them; the caller asks again, later.
        """
        ...
