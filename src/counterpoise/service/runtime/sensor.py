"""A device that sends its measurements itself: windows of series, or vectors, as .npy files."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from counterpoise.service.runtime.device import EncodedFrame, Ending, Position, Source
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.push import Push


class Sensor:
    """As `Push`, of samples in place of pictures."""

    def __init__(self) -> None:
        self._sent = Push()

    def put(self, content: bytes, position: Position | None = None) -> None:
        """Hand over a .npy file, from any thread. One that is taken is accounted for.

        Raises:
            DeviceError: it is too big, too many wait already, or the device has ended.
        """
        self._sent.put(content, position)

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """Every window that was put in."""
        async with aclosing(self._sent.frames(source, fetcher, ending)) as frames:
            async for frame in frames:
                yield frame
