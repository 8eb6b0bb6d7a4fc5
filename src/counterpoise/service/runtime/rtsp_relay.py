"""A relay between FFmpeg and one camera by RTSP (RFC 2326): nothing gets by the guard.

FFmpeg resolves names itself and follows redirects, so it is told an address of this machine alone.
What a camera answers is read here and written anew: its status, the headers that are needed, and
the packets of its video. A redirect ends it.
"""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError

CONNECT = 10.0  # seconds
HEAD, BODY = 16 << 10, 64 << 10  # bytes of a message
PORT = 554
_STATUS = re.compile(rb"RTSP/1\.\d ([1-6]\d\d)(?: |\r|$)")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,6})[ \t]*$", re.IGNORECASE | re.MULTILINE)
_HEADER = re.compile(
    rb"(?:CSeq|Session|Transport|Content-Type|Content-Base|Public|RTP-Info|Range|WWW-Authenticate):"
    rb"[\t\x20-\x7e]*",
    re.IGNORECASE,
)


class Relay:
    """Listens for one connection on this machine, and is connected to the camera; ``async with``.

    Args:
        url: of the camera.
        auth: user name and password, which are for FFmpeg to answer the camera's question.
        guard: of what may be connected to.

    Raises:
        DeviceError: the camera cannot be connected to, or must not be.
    """

    def __init__(self, url: str, auth: tuple[str, str] | None, guard: EgressGuard) -> None:
        self._parts, self._auth, self._guard = guard.require_url(url), auth, guard
        if self._parts.scheme != "rtsp":
            raise DeviceError("protocol", "the address of an RTSP stream begins with rtsp://")
        self.url = ""  # for FFmpeg
        self.failure: DeviceError | None = None  # what the camera did
        self.ended = False  # whether the camera closed the connection
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepted = False

    async def __aenter__(self) -> Self:
        self._camera = await self._connected()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD)
        port = self._server.sockets[0].getsockname()[1]
        user = "" if self._auth is None else ":".join(quote(t, safe="") for t in self._auth) + "@"
        path = urlsplit(self._parts.geturl())._replace(scheme="", netloc="").geturl()
        self.url = f"rtsp://{user}127.0.0.1:{port}{path or '/'}"
        self._mine = f"rtsp://127.0.0.1:{port}".encode()
        self._theirs = f"rtsp://{self._parts.netloc}".encode()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._camera[1].close()
        await asyncio.sleep(0)  # for who waited for those tasks

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the first address that the guard lets through; one that it refuses ends it."""
        host, port = self._parts.hostname, self._parts.port or PORT
        assert host is not None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError):
            raise DeviceError("dns", host) from None
        except TimeoutError:
            raise DeviceError("timeout", "its name server does not answer") from None
        failed = "no address"
        for address in found:
            connection = self._guard.socket(address)
            connection.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT):
                    await loop.sock_connect(connection, address[4])
                return await asyncio.open_connection(sock=connection, limit=HEAD)
            except OSError as error:  # TimeoutError, too
                failed = error.strerror or type(error).__name__
                connection.close()
        raise DeviceError("connect", failed)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._accepted:  # somebody else of this machine
            writer.close()
            return
        self._accepted = True
        camera, to_camera = self._camera
        tasks = [
            asyncio.ensure_future(self._asked(reader, to_camera)),
            asyncio.ensure_future(self._answered(camera, writer)),
        ]
        self._tasks.update(tasks)
        with suppress(asyncio.CancelledError):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, OSError, EOFError, asyncio.LimitOverrunError):
                await task
        writer.close()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What FFmpeg asks, with the camera's own name in it where nothing is signed by it."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                packet, head, body = await _message(reader)
                if b"Authorization: Digest" not in head:
                    head = head.replace(self._mine, self._theirs)
                writer.write(packet + head + body)
                await writer.drain()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What the camera answers, as far as it is an answer."""
        try:
            while True:
                packet, head, body = await _message(reader)
                status = _STATUS.match(head)
                if status is not None and status[1].startswith(b"3"):
                    raise DeviceError("blocked", "it sends us elsewhere, which is not followed")
                if status is not None:
                    kept = [line for line in head.split(b"\r\n")[1:] if _HEADER.fullmatch(line)]
                    if body:  # told once and by us: FFmpeg's reading of it is never another one
                        kept.append(b"Content-Length: %d" % len(body))
                    packet = b"\r\n".join([b"RTSP/1.0 " + status[1] + b" ok", *kept, b"", b""])
                elif head:  # it asks something itself, or does not speak RTSP
                    continue
                writer.write(packet + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended = True
        except asyncio.LimitOverrunError:
            self.failure = DeviceError("protocol", "it does not answer by RTSP")
        except DeviceError as error:
            self.failure = error


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes, bytes]:
    """The next packet of video, or head and body of the next message."""
    first = await reader.readexactly(1)
    if first == b"$":
        head = await reader.readexactly(3)
        return first + head + await reader.readexactly(int.from_bytes(head[1:])), b"", b""
    head = first + await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head.replace(b"\r", b""))
    number = int(length[1]) if length else 0
    if number > BODY:
        raise DeviceError("too big", f"a description of {number} bytes")
    return b"", head, await reader.readexactly(number)
