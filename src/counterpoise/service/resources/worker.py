"""The worker: one event loop that fetches, and threads that analyse what it brings."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.analysis import Frame, Unusable, analyse
from counterpoise.service.database.recorder import Analysed, Changed, Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.waiting import WaitingFrames
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.health import Health
from counterpoise.service.runtime.kinds import KINDS

BATCH = 16  # frames that the model sees at a time, at most
MEMORY = 64 << 20  # bytes of frames that wait
REPEATED = "the same picture again"
DEFECT = "analysis failed"


@dataclass(frozen=True)
class Assigned:
    """A camera that this worker fetches from."""

    kind: str
    source: Source
    stores_pictures: bool = True


class Worker:
    """Fetches from its cameras and records what the model sees, until it is stopped.

    Args:
        model: that analyses.
        model_id: its number in the database.
        recorder: hears of every frame.
        pictures: where frames are kept.
        guard: of what may be fetched.
        threads: that decode and classify.
        memory: bytes of frames that wait at most.
    """

    def __init__(
        self,
        model: ExportedModel,
        model_id: int,
        recorder: Recorder,
        pictures: PictureStore,
        guard: EgressGuard,
        *,
        threads: int = 1,
        memory: int = MEMORY,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._model, self._model_id = model, model_id
        self._recorder, self._pictures, self._guard = recorder, pictures, guard
        self._log = log
        self.waiting = WaitingFrames(memory)
        self._loop = asyncio.new_event_loop()
        self._tasks: dict[int, tuple[Assigned, asyncio.Task[None]]] = {}
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._fetching = threading.Thread(target=self._fetch, name="fetch", daemon=True)
        self._analysing = [
            threading.Thread(target=self._analyse, name=f"analyse-{n}", daemon=True)
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin; it has no cameras until `assign`."""
        for thread in (self._fetching, *self._analysing):
            thread.start()
        self._ready.wait()

    def assign(self, cameras: Mapping[int, Assigned]) -> None:
        """Fetch from these cameras from now on, by number; others are left alone."""
        self._loop.call_soon_threadsafe(self._assign, dict(cameras))

    def stop(self) -> None:
        """Fetch no more, analyse what waits, and end."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._fetching.join()
        self.waiting.close()
        for thread in self._analysing:
            thread.join()

    def _fetch(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._fetch_until_stopped())
        self._loop.close()

    async def _fetch_until_stopped(self) -> None:
        async with Fetcher(self._guard) as self._fetcher:
            self._ready.set()
            await self._stop.wait()
            tasks = [task for _, task in self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _assign(self, cameras: dict[int, Assigned]) -> None:
        for number, (before, task) in list(self._tasks.items()):
            if cameras.get(number) != before:
                task.cancel()
                del self._tasks[number]
        new = [number for number in cameras if number not in self._tasks]
        for number in new:
            camera = cameras[number]
            # Many cameras that begin at once would stay in step for ever.
            delay = random.uniform(0, camera.source.interval) if len(new) > 1 else 0.0
            task = self._loop.create_task(self._follow(number, camera, delay))
            self._tasks[number] = camera, task

    async def _follow(self, number: int, camera: Assigned, delay: float) -> None:
        await asyncio.sleep(delay)
        health = Health(time.monotonic())
        while True:
            try:
                async for frame in KINDS[camera.kind].frames(camera.source, self._fetcher):
                    if health.frame(time.monotonic(), frame.repeated):
                        self._changed(number, health, "")
                    self._arrived(number, camera, frame)
            except DeviceError as error:
                if health.failure(time.monotonic(), error.reason):
                    self._changed(number, health, error.detail)
            except Exception as error:  # a defect of ours stops this camera alone, and shows
                self._log(f"camera {number}: {type(error).__name__}: {error}")
                if health.failure(time.monotonic(), "protocol"):
                    self._changed(number, health, f"{type(error).__name__}: {error}")
            await asyncio.sleep(health.wait())

    def _changed(self, number: int, health: Health, detail: str) -> None:
        self._recorder.changed(Changed(number, now(), health.state, health.reason, detail))

    def _arrived(self, number: int, camera: Assigned, frame: EncodedFrame) -> None:
        self._recorder.fetched(number)
        if frame.repeated:
            self._recorder.dropped(number, REPEATED)
            return
        waiting = Frame(number, frame.content, frame.at, camera.stores_pictures)
        for gone, reason in self.waiting.put(waiting):
            self._recorder.dropped(gone.camera, reason)

    def _analyse(self) -> None:
        while frames := self.waiting.take(BATCH):
            left = {id(frame): frame for frame in frames}
            try:
                results = []
                for found in analyse(self._model, frames):
                    del left[id(found.frame)]
                    if isinstance(found, Unusable):
                        self._recorder.dropped(found.frame.camera, found.reason)
                        continue
                    frame = found.frame
                    key = None
                    if frame.stores:  # before its result says so
                        key = self._pictures.put(frame.camera, frame.at, frame.content)
                    results.append(
                        Analysed(
                            camera=frame.camera,
                            model=self._model_id,
                            at=frame.at,
                            label=found.label,
                            probability=found.probability,
                            scores=found.scores,
                            picture=key,
                            width=found.width,
                            height=found.height,
                            size=len(frame.content),
                        )
                    )
                self._recorder.analysed(results)
            except Exception as error:  # a defect of ours: these frames are dropped, and it shows
                self._log(f"analysis: {type(error).__name__}: {error}")
                for frame in left.values():
                    self._recorder.dropped(frame.camera, DEFECT)
