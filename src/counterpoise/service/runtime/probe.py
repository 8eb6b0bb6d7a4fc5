"""Try a device once, before it is added: one frame, or in plain words why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing

from counterpoise.errors import ArgumentError
from counterpoise.service.runtime.device import EncodedFrame, Ending, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.image_header import require_whole
from counterpoise.service.runtime.kinds import KINDS, SENDS, require_place

LONGEST = 10.0  # seconds

ADVICE = {
    "dns": "check the spelling of the address",
    "connect": "check the address and the port, and whether the device is switched on",
    "tls": "a certificate that browsers accept is needed; within a private network take http://",
    "auth": "check the user name and the password",
    "http": "open the address in a browser, and take the one of the picture itself",
    "timeout": "try again; if it is so slow at any time, it is no source of live pictures",
    "too big": "take an address that gives smaller pictures, or another kind of device",
    "too fast": "send fewer frames",
    "not an image": "take the address of the picture itself, not of the page around it",
    "not samples": "send a .npy file of the shape that the model takes",
    "truncated": "try again; the connection or the device breaks its pictures off",
    "bomb": "take an address that gives smaller pictures",
    "frozen": "look at the device",
    "silent": "look at the device",
    "missing": "tell the operator of this server",
    "unfit": "take another model, or another kind of device",
    "blocked": "",  # what arrived says it
    "protocol": "try another kind: snapshot for one picture, mjpeg, hls or rtsp for a stream",
}


def probe(kind: str, source: Source, guard: EgressGuard) -> EncodedFrame:
    """One frame of a device, decoded to see whether it can be, in at most `LONGEST` seconds.

    Raises:
        ArgumentError: no such kind, or one that sends its frames itself.
        DeviceError: there is none; its text says why, and what to do.
    """
    if kind in SENDS:
        raise ArgumentError(
            f"a device of kind {kind} sends its frames itself: add it, and send one"
        )
    try:
        require_place(kind, source.url, guard)
        return _waited_for(_first(kind, source, guard))
    except TimeoutError:
        detail = f"no picture came in {LONGEST:.0f} s"
        raise DeviceError("timeout", detail, ADVICE["timeout"]) from None
    except DeviceError as error:
        raise DeviceError(error.reason, error.detail, ADVICE[error.reason]) from error


def _waited_for(frame: Coroutine[None, None, EncodedFrame]) -> EncodedFrame:
    """Run it in a loop of its own, and not longer for a name server that does not answer."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(frame, LONGEST))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()  # asyncio.run would wait for the thread that asks


async def _first(kind: str, source: Source, guard: EgressGuard) -> EncodedFrame:
    async with (
        Fetcher(guard) as fetcher,
        aclosing(KINDS[kind]().frames(source, fetcher, Ending())) as frames,
    ):
        async for frame in frames:
            if isinstance(frame, EncodedFrame):
                await asyncio.to_thread(require_whole, frame.content)
                return frame
    raise DeviceError("protocol", "it gave no picture")
