"""A camera that sends pictures one after the other in one endless answer."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

import aiohttp

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import LARGEST, Fetcher

HEAD = 16 << 10  # bytes before a picture begins
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
    >>> splitter.feed(b"--x\\r\\nContent-Length: 3\\r\\n\\r\\nabc\\r\\n--x\\r\\n\\r\\nde\\r\\n--")
    [b'abc']
    >>> splitter.feed(b"x--")
    [b'de']
    """

    def __init__(self, boundary: bytes, most: int = LARGEST) -> None:
        self._delimiter = b"--" + boundary.removeprefix(b"--") if boundary else b""
        self._most = most
        self._buffer = bytearray()
        self._searched = 0  # bytes at the front in which no boundary begins
        self._length: int | None = None
        self._inside = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The parts that are whole with this piece.

        Raises:
            DeviceError: a part or what is before it is too long.
        """
        self._buffer += piece
        parts = []
        while True:
            if not self._inside and not self._begin():
                return parts
            part = self._end()
            if part is None:
                return parts
            parts.append(part)

    def _begin(self) -> bool:
        """Go past a boundary and the headers of the next part; False until they are here."""
        if not self._delimiter and not self._find_delimiter():
            return False
        start = self._buffer.find(self._delimiter)
        if start < 0:
            if len(self._buffer) > HEAD:
                raise DeviceError("protocol", f"no picture begins in {len(self._buffer)} bytes")
            return False
        end = _END_OF_HEAD.search(self._buffer, start)
        if end is None:
            if len(self._buffer) - start > HEAD:
                raise DeviceError("too big", f"a header of more than {HEAD} bytes")
            return False
        told = _LENGTH.search(self._buffer, start, end.start() + 1)
        self._length = int(told[1]) if told else None
        if self._length is not None and self._length > self._most:
            raise DeviceError("too big", f"{self._length} bytes; {self._most} are the most")
        del self._buffer[: end.end()]
        self._inside, self._searched = True, 0
        return True

    def _find_delimiter(self) -> bool:
        line = re.search(rb"(?:^|\n)(--[^\r\n]+)\r?\n", self._buffer)
        if line is None:
            if len(self._buffer) > HEAD:
                raise DeviceError("protocol", "no boundary at the begin of the stream")
            return False
        self._delimiter = line[1]
        return True

    def _end(self) -> bytes | None:
        """The part that has begun, if it is whole."""
        if self._length is not None:
            size = self._length
            if len(self._buffer) < size:
                return None
        else:
            size = self._buffer.find(b"\n" + self._delimiter, self._searched)
            if size < 0:
                self._searched = max(0, len(self._buffer) - len(self._delimiter))
                if len(self._buffer) > self._most + len(self._delimiter):
                    raise DeviceError("too big", f"more than {self._most} bytes")
                return None
        part = bytes(self._buffer[:size])
        if self._length is None:
            part = part.removesuffix(b"\r")
        del self._buffer[:size]
        self._inside = False
        return part


class MJPEG:
    """Pictures as they are sent; those that come faster than wanted are read and not counted."""

    async def frames(self, source: Source, fetcher: Fetcher) -> AsyncIterator[EncodedFrame]:
        """A frame every `source.interval` seconds, or as fast as they come if that is slower."""
        async with fetcher.open(source.url, source.auth) as response:
            splitter = PartSplitter(_boundary(response))
            wanted, last = 0.0, b""
            async for piece in fetcher.pieces(response):
                for content in splitter.feed(piece):
                    if content and time.monotonic() >= wanted:
                        wanted = max(wanted, time.monotonic() - source.interval) + source.interval
                        yield EncodedFrame(content, now(), repeated=content == last)
                        last = content
        raise DeviceError("truncated", "the stream ended")


def _boundary(response: aiohttp.ClientResponse) -> bytes:
    if not response.content_type.startswith("multipart/"):
        raise DeviceError(
            "protocol", f"a stream of pictures is multipart/...; got {response.content_type[:40]}"
        )
    boundary = re.search(
        r'boundary\s*=\s*(?:"([^"]*)"|([^\s;]+))', response.headers["Content-Type"], re.IGNORECASE
    )
    return b"" if boundary is None else (boundary[1] or boundary[2]).encode("latin-1")
