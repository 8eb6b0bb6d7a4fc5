"""Frames between the loop that fetches and the threads that analyse, within a bound of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from counterpoise.service.analyzer.frame import Frame

NEWER = "a newer frame came"
FULL = "the queue was full"


class WaitingFrames:
    """Frames in the order in which cameras' turns came, at most one of each camera.

    The newest frame of a camera replaces the one that waits, in its place, so that a fast camera
    never pushes a slow one out. Beyond `most` bytes the one that has waited longest goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._bytes = 0
        self._taken: list[list[Frame]] = []  # that are being analysed
        self._changed = threading.Condition()
        self._closed = False

    def put(self, frame: Frame) -> list[tuple[Frame, str]]:
        """Add a frame; the frames that go for it, with the reason."""
        gone = []
        with self._changed:
            before = self._frames.get(frame.camera)
            if before is not None:
                gone.append((before, NEWER))
                self._bytes -= len(before.content)
            self._frames[frame.camera] = frame
            self._bytes += len(frame.content)
            while self._bytes > self._most and len(self._frames) > 1:
                _, oldest = self._frames.popitem(last=False)
                self._bytes -= len(oldest.content)
                gone.append((oldest, FULL))
            self._changed.notify()
        return gone

    def take(self, most: int) -> list[Frame]:
        """Up to `most` frames, at least one; none when it is closed and empty."""
        with self._changed:
            while not self._frames and not self._closed:
                self._changed.wait()
            taken = [
                self._frames.popitem(last=False)[1] for _ in range(min(most, len(self._frames)))
            ]
            self._bytes -= sum(len(frame.content) for frame in taken)
            if taken:
                self._taken.append(taken)
        return taken

    def done(self, taken: list[Frame]) -> None:
        """What became of these frames is told to the recorder."""
        with self._changed:
            self._taken = [frames for frames in self._taken if frames is not taken]

    def holds(self, is_meant: Callable[[int], bool]) -> bool:
        """Whether frames of these cameras wait, or are taken and not done."""
        with self._changed:
            cameras = set(self._frames)
            cameras.update(frame.camera for frames in self._taken for frame in frames)
        return any(map(is_meant, cameras))

    def close(self) -> None:
        """No frame comes any more: `take` gives what is left, then nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def is_closed(self) -> bool:
        """Whether no frame comes any more."""
        return self._closed

    @property
    def bytes(self) -> int:
        """Of the frames that wait."""
        return self._bytes

    @property
    def most(self) -> int:
        """Bytes that may wait."""
        return self._most

    def __len__(self) -> int:
        return len(self._frames)
