"""A stream by RTSP over TCP, decoded by FFmpeg in a process of its own, behind a relay of ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import suppress

from counterpoise.service.runtime.child import Child
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.messages import Head, received, send
from counterpoise.service.runtime.rtsp_relay import Relay
from counterpoise.service.runtime.video import PROCESS, require_video

SILENCE = 40.0  # seconds without a picture, after which its process is killed


class RTSP:
    """Pictures of the stream, one every `source.interval` seconds."""

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """Pictures as they come; its process ends with it."""
        require_video()
        async with Relay(source.url, source.auth, fetcher.guard) as relay:
            child = await asyncio.to_thread(Child, PROCESS)
            try:
                connection = child.socket
                send(connection, {"url": relay.url, "interval": source.interval})
                connection.setblocking(False)
                with ending.heard_by(lambda: _shut(connection)):
                    while True:
                        said, content = await _next(connection, ending, source.interval)
                        if said is None:
                            return
                        if "failed" in said:
                            raise relay.failure or _failure(said, relay)
                        yield EncodedFrame(content, now())
            finally:
                child.kill()


def _failure(said: Head, relay: Relay) -> DeviceError:
    """What FFmpeg says, unless it is only that nothing came any more."""
    if relay.ended and said["failed"][0] in ("protocol", "not an image"):
        return DeviceError("connect", "it closed the connection")
    return DeviceError(*said["failed"])


async def _next(
    connection: socket.socket, ending: Ending, interval: float
) -> tuple[Head | None, bytes]:
    """What the process says next; None when the ending has begun."""
    try:
        async with asyncio.timeout(SILENCE + interval):
            return await received(connection)
    except TimeoutError:
        raise DeviceError("timeout", f"no picture in {SILENCE + interval:.0f} s") from None
    except (EOFError, ValueError):
        if ending.begun:
            return None, b""
        raise DeviceError("not an image", "its decoder crashed") from None


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_RDWR)
