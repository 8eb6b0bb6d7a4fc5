"""A local folder of pictures that plays a camera, for trials and for what was recorded before."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path

from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import EncodedFrame, Ending, Pace, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import LARGEST, Fetcher

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


class Replay:
    """The pictures of a folder and those in it, by name, from the first again after the last."""

    async def frames(
        self, source: Source, fetcher: Fetcher, ending: Ending
    ) -> AsyncGenerator[EncodedFrame, None]:
        """A frame every `source.interval` seconds."""
        last, pace = b"", Pace(source.interval)
        while True:
            paths = await asyncio.to_thread(_pictures, fetcher.guard, source.url)
            for path in paths:
                content = await asyncio.to_thread(_read, path)
                yield EncodedFrame(content, now(), repeated=content == last)
                last = content
                if await ending.sleep(pace.pause()):
                    return


def _pictures(guard: EgressGuard, url: str) -> list[Path]:
    """The files, none of them a link to somewhere else."""
    folder = guard.require_folder(url)
    found = []
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if name.lower().endswith(SUFFIXES) and path.is_file() and not path.is_symlink():
                found.append(path)
    if not found:
        raise DeviceError("not an image", "the folder holds no JPEG, PNG or WebP file")
    return found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise DeviceError("connect", f"{path.name} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise DeviceError("too big", f"{path.name} has more than {LARGEST} bytes")
    return content
