"""A stand-in for the database that adds up, and cameras of the emulator in a thread."""

import asyncio
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image


class Ledger:
    """What a worker told of each camera; takes the place of the recorder."""

    is_full = False

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[tuple[int, str]] = Counter()
        self.results: list = []
        self.changes: list = []

    def fetched(self, camera: int) -> None:
        self._add(camera, "fetched")

    def dropped(self, camera: int, reason: str) -> None:
        self._add(camera, f"dropped: {reason}")

    def analysed(self, results) -> None:
        with self._lock:
            self.results += results
            self.counts.update((result.camera, "analysed") for result in results)

    def changed(self, change) -> None:
        with self._lock:
            self.changes.append(change)

    def _add(self, camera: int, what: str) -> None:
        with self._lock:
            self.counts[camera, what] += 1

    def of(self, camera: int) -> dict[str, int]:
        with self._lock:
            return {what: n for (one, what), n in self.counts.items() if one == camera}

    @property
    def in_flight(self) -> int:
        with self._lock:
            total: Counter[str] = Counter()
            for (_, what), number in self.counts.items():
                total[what] += number
        return total["fetched"] - sum(n for what, n in total.items() if what != "fetched")


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(scope="session")
def pictures() -> list[bytes]:
    """Eight JPEGs that differ."""
    draw, found = np.random.default_rng(0), []
    for _ in range(8):
        stream = io.BytesIO()
        Image.fromarray(draw.integers(0, 256, (96, 128, 3), dtype=np.uint8)).save(stream, "JPEG")
        found.append(stream.getvalue())
    return found


@pytest.fixture
def cameras(pictures) -> Iterator[tuple[int, Callable[[], Counter[int]]]]:
    """Port of the emulator, and how many pictures each of its cameras has sent whole."""
    from aiohttp import web

    from counterpoise.service.emulator.server import Emulator

    emulator, loop, runners = Emulator(pictures, pause=0.03), asyncio.new_event_loop(), []
    ready = threading.Event()

    async def begin() -> None:
        application = emulator.application()
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.set()

    def run() -> None:
        loop.run_until_complete(begin())
        loop.run_forever()
        loop.run_until_complete(runners[0].cleanup())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)

    async def sent() -> Counter[int]:
        return emulator.sent.copy()

    yield (
        runners[0].addresses[0][1],
        lambda: asyncio.run_coroutine_threadsafe(sent(), loop).result(20),
    )
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
