"""A server of many cameras, good and bad ones, that counts the pictures it sends.

Run as a process of its own: ``python -m counterpoise.service.emulator FOLDER``. It prints the
address it listens on, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import cache

from aiohttp import web
from PIL import Image

BOUNDARY = "counterpoise"
PAUSE = 0.25  # seconds between two pictures of a stream
SLOW = 0.4  # seconds that a slow camera takes
STEADY = 20.0  # seconds that an unsteady camera is good, and then as long dead

Answer = Callable[["Emulator", web.Request, int], Awaitable[web.StreamResponse]]


class Emulator:
    """Serves ``/CAMERA/FAULT/snapshot`` and ``/CAMERA/FAULT/stream``; `FAULT` is in `FAULTS`.

    Args:
        pictures: contents of JPEG files, replayed in turn by every camera, each from its own place.
        pause: seconds between two pictures of a stream.
        clock: monotonic seconds.

    ``/counts`` tells how many pictures each camera has sent whole; after a POST to ``/quiet`` none
    sends another, and what is on its way ends, until a POST to ``/loud``.
    """

    def __init__(
        self,
        pictures: Sequence[bytes],
        pause: float = PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pictures, self.pause, self._clock = pictures, pause, clock
        self._begun = clock()
        self.sent: Counter[int] = Counter()
        self._turn: Counter[int] = Counter()
        self._silence = asyncio.Event()

    def application(self) -> web.Application:
        """What aiohttp serves."""
        app = web.Application()
        app.router.add_get("/counts", self._counts)
        app.router.add_post("/quiet", self._quiet)
        app.router.add_post("/loud", self._loud)
        app.router.add_get(r"/{camera:\d+}/{fault}/{form:snapshot|stream}", self._answer)
        return app

    def next(self, camera: int) -> bytes:
        """The camera's next picture."""
        self._turn[camera] += 1
        return self.pictures[(7 * camera + self._turn[camera]) % len(self.pictures)]

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return self._clock() - self._begun

    async def _counts(self, request: web.Request) -> web.Response:
        return web.json_response({str(camera): number for camera, number in self.sent.items()})

    async def _quiet(self, request: web.Request) -> web.Response:
        self._silence.set()
        return web.Response()

    async def _loud(self, request: web.Request) -> web.Response:
        self._silence.clear()
        return web.Response()

    @property
    def is_quiet(self) -> bool:
        """Whether no camera sends."""
        return self._silence.is_set()

    async def wait(self, seconds: float) -> None:
        """Wait, but not longer than until all are quiet."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._silence.wait(), seconds)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if self.is_quiet:
            response = web.Response(status=503)
            response.force_close()  # nor is a connection kept
            return response
        camera = int(request.match_info["camera"])
        fault = FAULTS.get(request.match_info["fault"])
        if fault is None:
            raise web.HTTPNotFound
        try:
            if request.match_info["form"] == "stream":
                return await self._stream(request, camera)
            return await fault(self, request, camera)
        except ConnectionError:  # it was closed by the one who asked
            return web.Response()

    async def _stream(self, request: web.Request, camera: int) -> web.StreamResponse:
        """Parts with lengths from cameras of even numbers, without from the others."""
        response = web.StreamResponse(
            headers={"Content-Type": f"multipart/x-mixed-replace; boundary={BOUNDARY}"}
        )
        await response.prepare(request)
        await response.write(f"--{BOUNDARY}\r\n".encode())
        while not self.is_quiet:
            content = self.next(camera)
            length = f"Content-Length: {len(content)}\r\n" if camera % 2 == 0 else ""
            head = f"Content-Type: image/jpeg\r\n{length}\r\n"
            await response.write(head.encode() + content + f"\r\n--{BOUNDARY}\r\n".encode())
            self.sent[camera] += 1
            await asyncio.sleep(self.pause)
        return response


async def _good(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    response = web.Response(body=emulator.next(camera), content_type="image/jpeg")
    emulator.sent[camera] += 1
    return response


async def _unchanged(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    content = emulator.pictures[camera % len(emulator.pictures)]
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    emulator.sent[camera] += 1
    return web.Response(body=content, content_type="image/jpeg", headers={"ETag": tag})


async def _frozen(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    emulator.sent[camera] += 1
    content = emulator.pictures[camera % len(emulator.pictures)]
    return web.Response(body=content, content_type="image/jpeg")


async def _slow(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    await response.prepare(request)
    content = emulator.next(camera)
    for start in range(0, len(content), max(1, len(content) // 8)):
        await response.write(content[start : start + max(1, len(content) // 8)])
        await asyncio.sleep(SLOW / 8)
    emulator.sent[camera] += 1
    return response


async def _stalled(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    await response.prepare(request)
    await response.write(emulator.next(camera)[:100])
    await emulator.wait(3600)
    return response


async def _dead(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def _unsteady(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    """Good for a while, dead for a while."""
    if emulator.age % (2 * STEADY) >= STEADY:
        return await _dead(emulator, request, camera)
    return await _good(emulator, request, camera)


async def _web_page(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    emulator.sent[camera] += 1
    return web.Response(text="<!doctype html><title>Welcome</title>", content_type="image/jpeg")


async def _cut(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    content = emulator.next(camera)
    emulator.sent[camera] += 1
    return web.Response(body=content[: len(content) // 2], content_type="image/jpeg")


async def _bomb(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    emulator.sent[camera] += 1
    return web.Response(body=_large(), content_type="image/png")


@cache
def _large() -> bytes:
    """A small file of a large picture."""
    stream = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(stream, "PNG")
    return stream.getvalue()


async def _packed(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    """A small answer that unpacks to a large one."""
    packed = gzip.compress(bytes(50 << 20), compresslevel=1)
    return web.Response(body=packed, headers={"Content-Encoding": "gzip"})


async def _dripping(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    await response.prepare(request)
    for byte in emulator.next(camera):
        if emulator.is_quiet:
            break
        await response.write(bytes([byte]))
        await asyncio.sleep(SLOW / 8)
    return response


async def _busy(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    return web.Response(status=503, headers={"Retry-After": "30"})


async def _endless(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "image/jpeg"})
    await response.prepare(request)
    while not emulator.is_quiet:
        await response.write(b"\xff" * (1 << 20))
    return response


async def _refused(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    raise web.HTTPUnauthorized


async def _in_circles(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    raise web.HTTPFound(request.path)


async def _elsewhere(emulator: Emulator, request: web.Request, camera: int) -> web.StreamResponse:
    """To what a server must not fetch for a stranger."""
    raise web.HTTPFound("http://169.254.169.254/latest/meta-data")


FAULTS: dict[str, Answer] = {
    "good": _good,
    "unchanged": _unchanged,
    "frozen": _frozen,
    "slow": _slow,
    "stalled": _stalled,
    "dead": _dead,
    "unsteady": _unsteady,
    "web-page": _web_page,
    "cut": _cut,
    "bomb": _bomb,
    "endless": _endless,
    "packed": _packed,
    "dripping": _dripping,
    "busy": _busy,
    "refused": _refused,
    "in-circles": _in_circles,
    "elsewhere": _elsewhere,
}
