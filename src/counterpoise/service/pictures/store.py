"""Pictures by key: a folder, or whatever fsspec reaches."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import fsspec

KEY = re.compile(r"[0-9]+/[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{2}/[0-9]+\.(?:jpg|png|webp|npy)")
PAUSE = 30.0  # seconds without another attempt, after one failed


class PictureStore:
    """Keeps pictures, and goes on without where it cannot: a full disk stops no classification.

    Args:
        url: of a folder, such as ``file:///var/lib/counterpoise/pictures``.
        clock: monotonic seconds.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url, auto_mkdir=True)
        self._clock = clock
        self._again = 0.0
        self.error = ""  # why nothing is stored now

    def put(self, camera: int, at: int, content: bytes) -> str | None:
        """Keep the picture that arrived at `at` (microseconds since 1970); its key, or None."""
        if self.error and self._clock() < self._again:
            return None
        day = datetime.fromtimestamp(at / 1e6, UTC)
        key = f"{camera}/{day:%Y-%m-%d}/{day:%H}/{at}.{_suffix(content)}"
        try:
            self._files.pipe_file(f"{self._root}/{key}", content)
        except Exception as error:  # each kind of store raises what it likes
            self.error = (isinstance(error, OSError) and error.strerror) or type(error).__name__
            self._again = self._clock() + PAUSE
            self.drop(key)  # what was written of it
            return None
        self.error = ""
        return key

    def get(self, key: str) -> bytes | None:
        """A picture; None when it is not there, or `key` is none that `put` gives."""
        if not self.is_key(key):
            return None
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{key}")
        except Exception:  # as above
            return None
        return content

    @staticmethod
    def is_key(text: str) -> bool:
        """Whether a text is a key that `put` gives; nothing else is read or written."""
        return KEY.fullmatch(text) is not None

    def restore(self, key: str, content: bytes) -> None:
        """Keep a picture under the key that it had; raises what the store raises."""
        assert self.is_key(key)
        self._files.pipe_file(f"{self._root}/{key}", content)

    def drop(self, key: str) -> None:
        """Forget a picture, if it is there."""
        if self.is_key(key):
            with suppress(Exception):  # as above
                self._files.rm_file(f"{self._root}/{key}")

    def forget(self, camera: int) -> Iterator[None]:
        """Forget all pictures of a camera, a day's at a time."""
        folder = f"{self._root}/{camera}"
        with suppress(Exception):  # as above; a camera without pictures has no folder
            for day in self._files.ls(folder, detail=False):
                self._files.rm(day, recursive=True)
                yield
            self._files.rm(folder, recursive=True)


def _suffix(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return "png"
    if content.startswith(b"\x93NUMPY"):
        return "npy"
    return "webp" if content.startswith(b"RIFF") else "jpg"
