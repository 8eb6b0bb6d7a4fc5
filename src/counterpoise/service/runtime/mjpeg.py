"""A camera that sends pictures one after the other in one endless answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import suppress

import aiohttp

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Pace, Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import LARGEST, WHOLE, Fetcher

HEAD = 16 << 10  # bytes before a picture begins
LINGER = 1.0  # seconds that a camera has to end its answer, less than the worker gives it
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class PartSplitter:
    """Cuts a multipart body into its parts, however the body is cut into pieces.

    A part that states its length is that long; any other ends where the next boundary begins.

    Args:
        boundary: from the Content-Type, with or without the two dashes in front; empty to take the
            first line that begins with two dashes.
        most: bytes of one part.

    >>> splitter = PartSplitter(b"x")
    >>> list(splitter.feed(b"--x\\nContent-Length: 3\\n\\nabc\\n--x\\n\\nde"))
    [b'abc']
    >>> list(splitter.feed(b"\\n--x--"))
    [b'de']
    """

    def __init__(self, boundary: bytes, most: int = LARGEST) -> None:
        self._delimiter = b"--" + boundary.removeprefix(b"--") if boundary else b""
        self._most = most
        self.buffer = self._buffer = bytearray()  # what is not a whole part yet
        self._searched = 0  # bytes at the front in which no boundary begins
        self._length: int | None = None
        self._inside = False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The parts that are whole with this piece.

        Raises:
            DeviceError: a part or what is before it is too long.
        """
        self._buffer += piece
        while self._inside or self._begin():
            part = self._end()
            if part is None:
                return
            yield part

    def _begin(self) -> bool:
        """Go past a boundary and the headers of the next part; False until they are here."""
        if not self._delimiter and not self._find_delimiter():
            return False
        start = self._buffer.find(self._delimiter)
        if start > HEAD or (start < 0 and len(self._buffer) >= HEAD + len(self._delimiter)):
            raise DeviceError("protocol", f"no picture begins in {HEAD} bytes")
        if start < 0:
            return False
        end = _END_OF_HEAD.search(self._buffer, start)
        if (len(self._buffer) if end is None else end.end()) - start > HEAD:
            raise DeviceError("too big", f"a header of more than {HEAD} bytes")
        if end is None:
            return False
        told = _LENGTH.search(self._buffer, start, end.start() + 1)
        self._length = int(told[1]) if told else None
        if self._length is not None and self._length > self._most:
            raise DeviceError("too big", f"{self._length} bytes; {self._most} are the most")
        # Without a length the last line feed stays: a boundary may follow it at once.
        del self._buffer[: end.end() - (self._length is None)]
        self._inside, self._searched = True, 0
        return True

    def _find_delimiter(self) -> bool:
        line = re.search(rb"(?:^|\n)(--[^\r\n]+)\r?\n", self._buffer)
        if (len(self._buffer) if line is None else line.end()) > HEAD:
            raise DeviceError("protocol", f"no boundary in the first {HEAD} bytes")
        if line is None:
            return False
        self._delimiter = line[1]
        return True

    def _end(self) -> bytes | None:
        """The part that has begun, if it is whole."""
        if self._length is not None:
            if len(self._buffer) < self._length:
                return None
            end, part = self._length, bytes(self._buffer[: self._length])
        else:
            end = self._buffer.find(b"\n" + self._delimiter, self._searched)
            most = self._most + 2  # with the line feed in front, and a carriage return behind
            if end > most or (end < 0 and len(self._buffer) > most + len(self._delimiter)):
                raise DeviceError("too big", f"more than {self._most} bytes")
            if end < 0:
                self._searched = max(0, len(self._buffer) - len(self._delimiter))
                return None
            part = bytes(self._buffer[1:end]).removesuffix(b"\r")
        del self._buffer[:end]
        self._inside = False
        return part


class MJPEG:
    """Pictures as they are sent; those that come faster than wanted are surplus."""

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """Every picture of the stream; when it ends, those that are on their way still come."""
        async with fetcher.open(source.url, source.auth, stream=True) as response:
            splitter, leave = PartSplitter(_boundary(response)), _Leave(response)
            pace, last = Pace(source.interval), b""
            begun = time.monotonic()
            with fetcher.downloads.holding(splitter.buffer) as held, ending.heard_by(leave.begin):
                try:
                    async for piece in fetcher.pieces(response):
                        held.settle()
                        for content in splitter.feed(piece):
                            if not content:
                                continue
                            begun, leave.came = time.monotonic(), leave.begun
                            is_surplus = not pace.wants()
                            yield EncodedFrame(content, now(), content == last, is_surplus)
                            last = last if is_surplus else content
                        held.settle()
                        if leave.is_over:
                            return
                        if time.monotonic() - begun > WHOLE:
                            raise DeviceError("timeout", f"no picture in {WHOLE:.0f} s")
                except DeviceError:
                    if not leave.begun:
                        raise
                finally:
                    if leave.begun:  # nothing else is asked by a connection that has taken leave
                        response.close()
        if not leave.begun:
            raise DeviceError("truncated", "the stream ended")


class _Leave:
    """Takes leave of a camera in such a way that all pictures that it has sent are heard.

    A camera that hears that nothing more is asked ends its answer, and what it sent before has come
    then. One that does not hear it is listened to for `LINGER` seconds, and until a picture came.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._transport = None if response.connection is None else response.connection.transport
        self.begun = self.came = self._is_late = False

    def begin(self) -> None:
        """Say that nothing more is asked."""
        self.begun = True
        if self._transport is None or not self._transport.can_write_eof():  # as with TLS
            self._is_late = True
            return
        with suppress(OSError):  # it is closed already
            self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER, self._be_late)

    def _be_late(self) -> None:
        self._is_late = True
        if self.came and self._transport is not None:
            self._transport.close()

    @property
    def is_over(self) -> bool:
        """Whether it was listened to for long enough."""
        return self._is_late and self.came


def _boundary(response: aiohttp.ClientResponse) -> bytes:
    if not response.content_type.startswith("multipart/"):
        raise DeviceError(
            "protocol", f"a stream of pictures is multipart/...; got {response.content_type[:40]}"
        )
    boundary = re.search(
        r'boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))', response.headers["Content-Type"], re.IGNORECASE
    )
    return (
        b""
        if boundary is None
        else (boundary[1] or boundary[2] or "").encode("utf-8", "surrogateescape")
    )
