"""Video, decoded in processes that are killed when they hang: what HLS and RTSP share."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Callable
from itertools import accumulate, pairwise

from counterpoise.service.runtime.child import Child
from counterpoise.service.runtime.failure import DeviceError

PROCESS = "counterpoise.service.runtime.video_process"
SECONDS = 30.0  # that decoding one segment may take


def require_video() -> None:
    """Say what to install.

    Raises:
        DeviceError: PyAV is missing.
    """
    if importlib.util.find_spec("av") is None:
        raise DeviceError("missing", "PyAV (pip install 'counterpoise[serve-video]')")


class Decoders:
    """Processes that decode segments, at most one for each core, started when one is needed."""

    def __init__(self, most: int | None = None) -> None:
        self._turn = asyncio.Semaphore(most or os.cpu_count() or 1)
        self._idle: list[Child] = []

    async def pictures(
        self,
        segment: bytes | bytearray,
        seconds: float,
        skip: float,
        interval: float,
        turn: Callable[[], None] = lambda: None,
    ) -> list[tuple[float, bytes]]:
        """JPEG files of a segment, each with its seconds from the begin.

        Args:
            segment: MPEG-TS, or fragmented MP4 with its head.
            seconds: that it lasts.
            skip: seconds until the first picture.
            interval: seconds between two.
            turn: called when a process is free, before the segment is looked at; what it raises
                ends this.

        Raises:
            DeviceError: there is none in it, or its decoding takes too long.
        """
        require_video()
        head: dict[str, object] = {"seconds": seconds, "skip": skip, "interval": interval}
        async with self._turn:
            child = self._idle.pop() if self._idle else await asyncio.to_thread(Child, PROCESS)
            is_well = True
            try:
                turn()
                is_well = False
                said, body = await asyncio.to_thread(child.ask, head, bytes(segment), SECONDS)
                is_well = True
            except TimeoutError:
                raise DeviceError("timeout", f"not decoded in {SECONDS:.0f} s") from None
            except (EOFError, ValueError):
                raise DeviceError("not an image", "its decoder crashed") from None
            finally:
                if is_well:
                    self._idle.append(child)
                else:
                    child.kill()
        if "failed" in said:
            raise DeviceError(*said["failed"])
        ends = [0, *accumulate(said["sizes"])]
        parts = [body[a:b] for a, b in pairwise(ends)]
        return list(zip(said["times"], parts, strict=True))

    def close(self) -> None:
        """End the processes."""
        while self._idle:
            self._idle.pop().kill()
