"""An analysis program of the operator's: one Python file with ``analyse(frame) -> dict``."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer.answer import require_answer, require_classes
from counterpoise.service.analyzer.frame import Failed, Frame, Seen, Unusable
from counterpoise.service.analyzer.samples import NUMPY, fitting, of_npy
from counterpoise.service.runtime.child import Child
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.failure import DeviceError, one_line
from counterpoise.service.runtime.image_header import require_picture

PROCESS = "counterpoise.service.analyzer.program_process"
SECONDS = 10.0  # for one frame
START = 60.0  # seconds to load it: it may import a large library
TRIES = 3  # frames in a row that end its process, after which it is left alone for a while
REST, LONGEST_REST = 1.0, 60.0  # seconds, doubled each time

RAISED = "the program raised an error"
WRONG = "the program's answer is wrong"
SLOW = "the program took too long"
ENDED = "the program's process ended"


class _EndedError(Exception):
    """The process did not answer; the first argument is the reason, the second the detail."""


class Program:
    """Analyses frames in processes of its own, one for each thread that asks at a time.

    A program that raises, hangs, dies or answers nonsense costs the frame, and nothing else. The
    file is read once: a changed one is another program, and takes a new start.

    Args:
        path: of the file.
        seconds: that it has for a frame, decoding included.

    Raises:
        ArgumentError: no such file, or it does not load, with what it said.
    """

    kind = "any"  # pictures, series and vectors alike
    shape: None = None
    dtype: None = None

    def __init__(self, path: Path, seconds: float = SECONDS) -> None:
        self.path, self.seconds = path.absolute(), seconds
        try:
            self._source = path.read_bytes()
        except OSError as error:
            raise ArgumentError(f"cannot read the program {path}: {error.strerror}") from None
        self.name = path.name
        self.digest = hashlib.sha256(self._source).hexdigest()
        self.failure: tuple[int, str] | None = None  # when and what, of the newest
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._closed = False
        self._endings = 0  # in a row
        self._again = 0.0  # monotonic seconds before which it is left alone
        self._why = ENDED
        try:
            child, given = self._start()
        except _EndedError as error:
            raise ArgumentError(f"the program {path} does not load: {error.args[1]}") from None
        self._idle.append(child)
        try:
            self.classes = require_classes(given)
        except ArgumentError:
            self.close()
            raise

    def analyse(self, frames: Sequence[Frame]) -> Iterator[Seen | Unusable | Failed]:
        """One result or reason for each frame, one after the other."""
        for frame in frames:
            found = self._analyse(frame)
            if isinstance(found, Failed):
                self.failure = now(), one_line(f"{found.reason}: {found.detail}")
            yield found

    def close(self) -> None:
        """End its processes."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.close()

    def _analyse(self, frame: Frame) -> Seen | Unusable | Failed:
        is_picture = not frame.content.startswith(NUMPY)
        try:
            if is_picture:  # before anything decodes it
                require_picture(frame.content)
            else:
                fitting(of_npy(frame.content), self)
        except DeviceError as error:
            return Unusable(frame, error.reason, error.detail)
        try:
            said = self._ask(frame)
        except _EndedError as error:
            return Failed(frame, *error.args)
        if "unusable" in said:
            reason = "truncated" if is_picture else "not samples"
            return Unusable(frame, reason, one_line(str(said["unusable"])))
        for key, reason in (("failed", RAISED), ("wrong", WRONG)):
            if key in said:
                return Failed(frame, reason, str(said[key]))
        try:
            answer = require_answer(said.get("found"), self.classes)
        except ArgumentError as error:
            return Failed(frame, WRONG, str(error))
        width, height = cast("list[int]", said["size"])
        return Seen(
            frame, answer.label, answer.probability, answer.scores, width, height, answer.values
        )

    def _ask(self, frame: Frame) -> dict[str, object]:
        child = self._taken()
        position = frame.position or frame.about.position or (None, None)
        head: dict[str, object] = {
            "at": frame.at,
            "camera": {
                "id": frame.camera,
                "name": frame.about.name,
                "latitude": position[0],
                "longitude": position[1],
            },
        }
        try:
            said, _ = child.ask(head, frame.content, self.seconds)
        except TimeoutError:
            raise self._ended(child, SLOW, f"more than {self.seconds:g} s") from None
        except (EOFError, ValueError):
            raise self._ended(child, ENDED, "") from None
        if not _is_answer(said):  # it speaks for its process, whose answers are not told apart now
            raise self._ended(child, WRONG, "what came from its process is no answer")
        with self._lock:
            self._endings = 0
            if not self._closed:
                self._idle.append(child)
                return said
        child.close()
        return said

    def _taken(self) -> Child:
        """A process that waits, or a new one."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            left = self._again - time.monotonic()
            why = self._why
        if left > 0:
            raise _EndedError(why, f"it is started again in {left:.0f} s")
        return self._start()[0]

    def _start(self) -> tuple[Child, object]:
        child = Child(PROCESS, is_kept=True)
        head: dict[str, object] = {
            "path": str(self.path),
            "seconds": self.seconds,
            "start": START,
        }
        try:
            said, _ = child.ask(head, self._source, START)
        except TimeoutError:
            raise self._ended(child, SLOW, f"it did not load in {START:.0f} s") from None
        except (EOFError, ValueError):
            raise self._ended(child, ENDED, "") from None
        if "failed" in said:
            raise self._ended(child, ENDED, str(said["failed"]))
        return child, said.get("classes")

    def _ended(self, child: Child, reason: str, detail: str) -> _EndedError:
        """Kill the process; after some in a row the next one is not started at once."""
        status = child.kill()
        detail = detail or (f"by signal {-status}" if status < 0 else f"with status {status}")
        with self._lock:
            self._endings += 1
            self._why = reason
            if self._endings >= TRIES:
                rest = min(LONGEST_REST, REST * 2.0 ** min(self._endings - TRIES, 10))
                self._again = time.monotonic() + rest
        return _EndedError(reason, detail)


def _is_answer(said: dict[str, object]) -> bool:
    """Whether a message has the form of an answer, whatever it says."""
    if said.keys() & {"unusable", "failed", "wrong"}:
        return True
    size = said.get("size")
    return isinstance(size, list) and len(size) == 2 and all(type(n) is int for n in size)
