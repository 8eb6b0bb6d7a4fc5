"""Servers of raw bytes on loopback, and what is fetched from them."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from PIL import Image

Answer = bytes | Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Served:
    """A server while it runs."""

    port: int
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def guard(self) -> Any:
        """That lets this server be fetched from, and nothing else."""
        from counterpoise.service.runtime.egress import EgressGuard

        return EgressGuard(emulator=("127.0.0.1", self.port))


@asynccontextmanager
async def serve(answer: Answer, ssl: Any = None, host: str = "127.0.0.1") -> AsyncIterator[Served]:
    """Serve an answer: bytes, sent to each request, or what a coroutine function does."""
    running: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            told.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=ssl)
    told = Served(server.sockets[0].getsockname()[1])
    try:
        yield told
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.sleep(0)


@pytest.fixture
def served() -> Callable[..., Any]:
    return serve


@pytest.fixture
def fetched() -> Callable[..., bytes]:
    """What comes of fetching once from a server with this answer."""

    def fetch(answer: Answer, ssl: Any = None, scheme: str = "http") -> bytes:
        from counterpoise.service.runtime.fetch import Fetcher

        async def run() -> bytes:
            async with serve(answer, ssl) as server, Fetcher(server.guard) as fetcher:
                url = server.url.replace("http", scheme)
                async with fetcher.open(url) as response:
                    return await fetcher.read(response)

        return asyncio.run(run())

    return fetch


@pytest.fixture
def frames_of() -> Callable[..., list[Any]]:
    """The first frames of a device at a server with this answer."""

    def read(device: Any, answer: Answer, number: int, interval: float = 0.0) -> list[Any]:
        from counterpoise.service.runtime.device import Ending, Source
        from counterpoise.service.runtime.fetch import Fetcher

        async def run() -> list[Any]:
            found = []
            async with serve(answer) as server, Fetcher(server.guard) as fetcher:
                frames = device.frames(Source(server.url, interval), fetcher, Ending())
                while len(found) < number:
                    found.append(await anext(frames))
                await frames.aclose()
            return found

        return asyncio.run(run())

    return read


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A JPEG of noise, 48 x 32."""
    pixels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()
