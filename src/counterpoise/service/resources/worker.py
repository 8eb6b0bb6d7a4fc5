"""The worker: one event loop that fetches, and threads that analyse what it brings."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.frame import About, Frame
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database.batch import Changed
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.analysing import Analysing, Verdict
from counterpoise.service.resources.shadowing import SHARE
from counterpoise.service.resources.waiting import WaitingFrames
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import (
    Device,
    EncodedFrame,
    Ending,
    Position,
    Source,
    Unchanged,
)
from counterpoise.service.runtime.downloads import MOST
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import REASONS, DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.health import Health
from counterpoise.service.runtime.kinds import KINDS, MEASURES, SENDS
from counterpoise.service.runtime.push import Push
from counterpoise.service.runtime.sensor import Sensor

MEMORY = 64 << 20  # bytes of frames that wait
LOOKUPS = 64  # names that are looked up at a time: dead ones take seconds, and others wait
FINISH = 2.0  # seconds that a frame which is arriving has, when its device is told to end
GIVES = {False: "pictures", True: "samples"}
TAKES = {"image": "pictures", "series": "series", "vector": "vectors"}
REPEATED = "the same picture again"
SURPLUS = "faster than wanted"
SILENT = 300.0  # seconds after which a device that sends by itself, and does not, is offline
WATCH = 1.0  # seconds between two looks for that


@dataclass(frozen=True)
class Assigned:
    """A camera that this worker fetches from."""

    kind: str
    source: Source
    stores_pictures: bool = True
    about: About = field(default=About(), compare=False)  # which may change while it is followed


@dataclass
class _Followed:
    """A camera while frames of it are fetched."""

    number: int
    camera: Assigned
    device: Device
    ending: Ending
    health: Health


class Worker:
    """Fetches from its cameras and records what the model sees, until it is stopped.

    Args:
        model: that analyses, or a program that does.
        model_id: its number in the database.
        recorder: hears of every frame.
        pictures: where frames are kept.
        guard: of what may be fetched.
        threads: that decode and classify.
        memory: bytes of frames that wait at most.
        silent: seconds after which a device that sends by itself, and does not, is offline; never
            less than three of its intervals.
        downloads: bytes of all downloads that are running.
        shadow_share: of a processor, for a candidate that sees the same frames.
    """

    def __init__(
        self,
        model: ExportedModel | Program,
        model_id: int,
        recorder: Recorder,
        pictures: PictureStore,
        guard: EgressGuard,
        *,
        threads: int = 1,
        memory: int = MEMORY,
        silent: float = SILENT,
        downloads: int = MOST,
        shadow_share: float = SHARE,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._recorder, self._guard = recorder, guard
        self._silent, self._downloads, self._log = silent, downloads, log
        self.waiting = WaitingFrames(memory)
        self._loop = asyncio.new_event_loop()
        self._followed: dict[int, _Followed] = {}
        self._unfit: dict[int, tuple[Assigned, str]] = {}  # that the model does not analyse, why
        self._tasks: dict[asyncio.Task[None], int] = {}  # also of those that are ending
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._fetching = threading.Thread(target=self._fetch, name="fetch", daemon=True)
        self._analysing = Analysing(
            model, model_id, self.waiting, recorder, pictures, threads, self._told, log,
            shadow_share,
        )  # fmt: skip
        self.pace, self.shadowing = self._analysing.pace, self._analysing.shadowing

    def start(self) -> None:
        """Begin; it has no cameras until `assign`."""
        self._fetching.start()
        self._analysing.start()
        self._ready.wait()

    def assign(self, cameras: Mapping[int, Assigned]) -> None:
        """Fetch from these cameras from now on, by number; others are left alone."""
        self._loop.call_soon_threadsafe(self._assign, dict(cameras))

    def use(self, model: ExportedModel | Program, model_id: int) -> None:
        """Analyse by another model from the next batch on; from any thread."""
        self._analysing.use(model, model_id)

    def push(
        self, number: int, content: bytes, position: Position | None = None, kind: str = "push"
    ) -> None:
        """Take a frame that a device of a kind of `SENDS` has sent; from any thread.

        Raises:
            ArgumentError: there is no such device of that kind, or the model does not analyse it.
            DeviceError: the frame is too big, or too many of this device wait already.
        """
        followed = self._followed.get(number)
        if number in self._unfit:
            raise ArgumentError(f"{REASONS['unfit']}: {self._unfit[number][1]}")
        if followed is None or followed.camera.kind != kind:
            raise ArgumentError(f"no camera {number} takes frames of kind {kind}, which are pushed")
        assert isinstance(followed.device, Push | Sensor)
        followed.device.put(content, position)

    def is_done_with(self, is_meant: Callable[[int], bool]) -> bool:
        """Whether nothing comes any more of cameras that were assigned; from any other thread."""

        async def is_followed() -> bool:  # after every assignment before it
            return any(map(is_meant, self._tasks.values()))

        question = asyncio.run_coroutine_threadsafe(is_followed(), self._loop)
        return not question.result() and not self.waiting.holds(is_meant)

    def stop(self) -> None:
        """Fetch no more, analyse what waits, and end. Frames that are arriving have `FINISH` s."""
        if self._fetching.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._fetching.join()

    def _fetch(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_default_executor(ThreadPoolExecutor(LOOKUPS, "look-up"))
        try:
            self._loop.run_until_complete(self._fetch_until_stopped())
        finally:
            self._ready.set()
            self._loop.close()

    async def _fetch_until_stopped(self) -> None:
        async with Fetcher(self._guard, self._downloads) as self._fetcher:
            self._ready.set()
            watching = self._loop.create_task(self._watch())
            await self._stop.wait()
            watching.cancel()
            self._assign({})
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.waiting.close()
        await asyncio.to_thread(self._analysing.join)  # they still tell this loop what they see

    async def _watch(self) -> None:
        """Find out which devices that send by themselves no longer do."""
        while True:
            await asyncio.sleep(WATCH)
            for number, followed in self._followed.items():
                if followed.camera.kind in SENDS:
                    longest = max(self._silent, 3 * followed.camera.source.interval)
                    if followed.health.silence(time.monotonic(), longest):
                        self._changed(number, followed.health, f"for {longest:.0f} s")

    def _assign(self, cameras: dict[int, Assigned]) -> None:
        for number, followed in list(self._followed.items()):
            if cameras.get(number) == followed.camera:
                followed.camera = cameras[number]
            else:
                del self._followed[number]
                followed.ending.begin()
        known = self._unfit
        self._unfit = {n: known[n] for n in cameras if n in known and known[n][0] == cameras[n]}
        new = [n for n in cameras if n not in self._followed and n not in self._unfit]
        for number in new:
            self._begin(number, cameras[number], in_step=len(new) > 1)

    def _begin(self, number: int, camera: Assigned, in_step: bool) -> None:
        if camera.kind not in KINDS:
            self._log(f"camera {number}: this version knows no kind {camera.kind!r}")
            return
        gives, takes = GIVES[camera.kind in MEASURES], self._analysing.takes()
        if takes != "any" and (gives == GIVES[False]) != (takes == "image"):
            why = f"it takes {TAKES[takes]}, and a device of kind {camera.kind} sends {gives}"
            self._unfit[number] = camera, why
            self._recorder.changed(Changed(number, now(), "disabled", "unfit", why))
            return
        device, ending = KINDS[camera.kind](), Ending()
        followed = _Followed(
            number,
            camera,
            device,
            ending,
            Health(time.monotonic(), interval=camera.source.interval),
        )
        # Many cameras that begin at once would stay in step for ever.
        is_asked = camera.kind not in SENDS
        delay = random.uniform(0, camera.source.interval) if in_step and is_asked else 0.0
        task = self._loop.create_task(self._follow(followed, delay))
        ending.then(lambda: self._cancel_later(task))
        self._followed[number] = followed
        self._tasks[task] = number
        task.add_done_callback(self._tasks.pop)

    def _cancel_later(self, task: asyncio.Task[None]) -> None:
        self._loop.call_later(FINISH, task.cancel)

    async def _follow(self, followed: _Followed, delay: float) -> None:
        if delay and await followed.ending.sleep(delay):
            return
        while True:
            await self._fetch_from(followed)
            if await followed.ending.sleep(followed.health.wait()):
                return

    async def _fetch_from(self, followed: _Followed) -> None:
        """Frames of a camera until it fails, or is told to end."""
        camera, health = followed.camera, followed.health
        frames = followed.device.frames(camera.source, self._fetcher, followed.ending)
        try:
            async with aclosing(frames):
                async for frame in frames:
                    is_repeated = isinstance(frame, Unchanged) or frame.repeated
                    if health.frame(time.monotonic(), is_repeated):
                        self._changed(followed.number, health, "")
                    if isinstance(frame, EncodedFrame):
                        self._arrived(followed.number, followed.camera, frame)
        except DeviceError as error:
            if health.failure(time.monotonic(), error.reason, error.after):
                self._changed(followed.number, health, error.detail)
        except Exception as error:  # a defect of ours stops this camera alone, and shows
            self._log(f"camera {followed.number}: {type(error).__name__}: {error}")
            if health.failure(time.monotonic(), "protocol"):
                self._changed(followed.number, health, type(error).__name__)

    def _changed(self, number: int, health: Health, detail: str) -> None:
        left_out = health.listed(time.monotonic())
        if left_out:
            detail = f"{detail}; {left_out} changes before are not listed".removeprefix("; ")
        self._recorder.changed(
            Changed(number, now(), health.state, health.reason, detail, left_out is not None)
        )

    def _arrived(self, number: int, camera: Assigned, frame: EncodedFrame) -> None:
        self._recorder.fetched(number)
        if frame.surplus or frame.repeated:
            self._recorder.dropped(number, SURPLUS if frame.surplus else REPEATED)
            return
        about, position = camera.about, frame.position
        if position is not None:  # where it is until it says otherwise
            about = replace(about, position=position)
            if number in self._followed:
                self._followed[number].camera = replace(camera, about=about)
        waiting = Frame(number, frame.content, frame.at, camera.stores_pictures, about, position)
        for gone, reason in self.waiting.put(waiting):
            self._recorder.dropped(gone.camera, reason)

    def _told(self, verdicts: list[Verdict]) -> None:
        self._loop.call_soon_threadsafe(self._judge, verdicts)

    def _judge(self, verdicts: list[Verdict]) -> None:
        """Tell cameras' health what analysis made of their frames."""
        for number, reason, detail in verdicts:
            followed = self._followed.get(number)
            if followed is not None and followed.health.verdict(reason):
                self._changed(number, followed.health, detail)
