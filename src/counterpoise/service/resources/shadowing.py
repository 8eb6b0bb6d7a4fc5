"""A candidate sees the frames that the running model saw, for a bounded share of a processor.

It comes after the running model in everything: a frame is offered to it once its result is on its
way to the database, and is skipped, and counted, when frames wait to be analysed, when the
candidate has used up its share, or when too many are offered at a time.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Frame, Seen
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.candidates import Pair, Tally

SHARE = 0.25  # of a processor
BATCH = 8  # frames at a time
MOST, BYTES = 32, 8 << 20  # frames that wait for it, and their bytes
NICE = 10  # how much other threads come before it

Offered = tuple[Frame, Analysed]


@dataclass
class Shadowed:
    """What a candidate saw since it was last asked.

    Args:
        candidate: its number.
        pairs: (running model, its class, the candidate's class) -> frames.
        seen: frames that it classified.
        skipped: frames that it was not shown.
        failed: frames that it could not read, and the running model could.
        seconds: of a processor, for those it saw.
        fault: why it sees no more; empty while it does.
    """

    candidate: int
    pairs: dict[Pair, Tally] = field(default_factory=lambda: defaultdict(Tally))
    seen: int = 0
    skipped: int = 0
    failed: int = 0
    seconds: float = 0.0
    fault: str = ""

    def __bool__(self) -> bool:
        return bool(self.seen or self.skipped or self.failed or self.fault)


class Shadowing:
    """Has at most one candidate see frames, in a thread of its own.

    Args:
        is_pressed: whether the running model needs the processor: frames wait for it.
        share: of a processor that the candidate may use.
    """

    def __init__(self, is_pressed: Callable[[], bool], share: float = SHARE) -> None:
        self._is_pressed, self.share = is_pressed, share
        self._run: _Run | None = None

    def start(self, candidate: int, model: ExportedModel) -> None:
        """Show frames to a candidate from now on; the one before is stopped first."""
        assert self._run is None, "stop() the one before, which says what it saw last"
        self._run = _Run(candidate, model, self._is_pressed, self.share)

    def stop(self) -> Shadowed | None:
        """Show it no more, and say what it saw last."""
        run, self._run = self._run, None
        if run is None:
            return None
        run.end()
        return run.taken()

    @property
    def shown(self) -> tuple[int, ExportedModel] | None:
        """Number of the candidate that sees frames now, and its model."""
        run = self._run
        return None if run is None else (run.candidate, run.model)

    def offer(self, frames: Sequence[Offered]) -> None:
        """Show it frames with their results, if it has time; from any thread, without waiting."""
        run = self._run
        if run is not None and frames:
            run.offer(frames)

    def taken(self) -> Shadowed | None:
        """What the candidate saw since the last time; None without one."""
        run = self._run
        return None if run is None else run.taken()


class _Run:
    """One candidate, from its start to its end."""

    def __init__(
        self, candidate: int, model: ExportedModel, is_pressed: Callable[[], bool], share: float
    ) -> None:
        self.candidate, self.model = candidate, model
        self._is_pressed, self._share = is_pressed, share
        self._waiting: deque[Offered] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._ended = threading.Event()
        self._saw = Shadowed(candidate)
        self._thread = threading.Thread(target=self._see_for_ever, name="shadow", daemon=True)
        self._thread.start()

    def offer(self, frames: Sequence[Offered]) -> None:
        with self._changed:
            if self._ended.is_set():
                return
            for one in frames:
                size = len(one[0].content)
                if len(self._waiting) >= MOST or self._bytes + size > BYTES:
                    self._saw.skipped += 1
                else:
                    self._waiting.append(one)
                    self._bytes += size
            self._changed.notify()

    def taken(self) -> Shadowed:
        with self._changed:
            saw, self._saw = self._saw, Shadowed(self.candidate)
        return saw

    def end(self) -> None:
        with self._changed:
            self._ended.set()
            self._saw.skipped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify()
        self._thread.join()

    def _see_for_ever(self) -> None:
        with suppress(OSError, AttributeError):  # of a system that has no such thing
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while batch := self._take():
            begun, at = time.thread_time(), time.monotonic()
            try:
                self._see(batch)
            except Exception as error:  # whatever its graph does, the running model goes on
                with self._changed:
                    self._saw.fault = f"{type(error).__name__}: {error}"[:500]
                    self._ended.set()
                    self._waiting.clear()
                return
            spent = time.thread_time() - begun
            with self._changed:
                self._saw.seconds += spent
            self._ended.wait(max(0.0, spent / self._share - (time.monotonic() - at)))

    def _take(self) -> list[Offered]:
        """The next frames; none at the end."""
        with self._changed:
            while True:
                while not self._waiting and not self._ended.is_set():
                    self._changed.wait()
                if self._ended.is_set():
                    return []
                number = min(BATCH, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(number)]
                self._bytes -= sum(len(frame.content) for frame, _ in batch)
                if not self._is_pressed():
                    return batch
                self._saw.skipped += number

    def _see(self, batch: list[Offered]) -> None:
        running = {id(frame): result for frame, result in batch}
        for found in analyse(self.model, [frame for frame, _ in batch]):
            with self._changed:
                if not isinstance(found, Seen):
                    self._saw.failed += 1
                    continue
                result = running[id(found.frame)]
                self._saw.seen += 1
                tally = self._saw.pairs[result.model, result.label, found.label]
                tally.number += 1
                tally.probability += result.probability or 0.0
                tally.shadow_probability += found.probability or 0.0
                tally.camera, tally.at = result.camera, result.at
