"""Pictures by key: a folder, a bucket of S3, or whatever fsspec reaches."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import fsspec

from counterpoise.errors import ArgumentError

KEY = re.compile(r"[0-9]+/[0-9]{4}-[0-9]{2}-[0-9]{2}/[0-9]{2}/[0-9]+\.(?:jpg|png|webp|npy)")
PAUSE = 30.0  # seconds without another attempt, after one failed
TRIAL = b"\xff\xd8\xff"  # what is written and read to find out whether a store works
# Listings are not remembered, since other processes write; and a bucket that does not answer holds
# up analysis for seconds only. Keys and addresses are taken as every program of AWS takes them.
S3: dict[str, Any] = {
    "use_listings_cache": False,
    "config_kwargs": {
        "connect_timeout": 3,
        "read_timeout": 5,
        "retries": {"total_max_attempts": 2},
    },
}


class PictureStore:
    """Keeps pictures, and goes on without where it cannot: a full disk stops no classification.

    Args:
        url: of a folder, such as ``file:///var/lib/counterpoise/pictures``, or of a bucket, such as
            ``s3://pictures/counterpoise``.
        clock: monotonic seconds.

    Raises:
        ArgumentError: nothing here reaches such a URL.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._files, self._root = reached(url)
        self._url = url
        self._clock = clock
        self._again = 0.0
        self.error = ""  # why nothing is stored now

    def put(self, camera: int, at: int, content: bytes) -> str | None:
        """Keep the picture that arrived at `at` (microseconds since 1970); its key, or None."""
        return self.put_all([(camera, at, content)])[0]

    def put_all(self, pictures: Sequence[tuple[int, int, bytes]]) -> list[str | None]:
        """Keep several pictures, side by side where they go over a network; see `put`."""
        keys = [_key(*picture) for picture in pictures]
        contents = [content for _, _, content in pictures]
        if not self._files.async_impl:
            return [
                key if self._is_kept({key: content}) else None
                for key, content in zip(keys, contents, strict=True)
            ]
        are_kept = self._is_kept(dict(zip(keys, contents, strict=True)))
        return [key if are_kept else None for key in keys]

    def _is_kept(self, contents: Mapping[str, bytes]) -> bool:
        """Write all of them, or none; what is half written is removed, and nothing names it."""
        if not contents or (self.error and self._clock() < self._again):
            return False
        paths = {f"{self._root}/{key}": content for key, content in contents.items()}
        try:
            if self._files.async_impl:
                self._files.pipe(paths)
            else:
                for path, content in paths.items():
                    self._files.pipe_file(path, content)
        except Exception as error:  # each kind of store raises what it likes
            self.error = said(error)
            self._again = self._clock() + PAUSE
            self.drop_all(list(contents))
            return False
        self.error = ""
        return True

    def require_working(self) -> None:
        """Write a picture, read it and remove it: so that wrong credentials are said at the start.

        Raises:
            ArgumentError: there is no such bucket, or it may not be used; what may pass, such as a
                network that is down, is no reason not to start.
        """
        key = f"{self._root}/trial-{secrets.token_hex(8)}"  # others start at the same time
        try:
            self._files.pipe_file(key, TRIAL)
            self._files.cat_file(key)
            self._files.rm_file(key)
        except Exception as error:  # as above
            self.error = said(error)
            with suppress(Exception):  # as above
                self._files.rm_file(key)
            is_lasting = isinstance(error, PermissionError | FileNotFoundError)
            if is_lasting or "Credentials" in type(error).__name__:
                raise ArgumentError(
                    f"pictures cannot be kept in {self._url}: {self.error}"
                ) from None

    def get(self, key: str) -> bytes | None:
        """A picture; None when it is not there, or `key` is none that `put` gives."""
        try:
            return self.read(key)
        except Exception:  # as above
            return None

    def read(self, key: str) -> bytes:
        """A picture; raises what the store raises, and FileNotFoundError where it is not there."""
        if not self.is_key(key):
            raise FileNotFoundError(key)
        content: bytes = self._files.cat_file(f"{self._root}/{key}")
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

    def drop_all(self, keys: Sequence[str]) -> None:
        """Forget pictures, by few requests where they go over a network."""
        if not self._files.async_impl:
            for key in keys:
                self.drop(key)
            return
        mine = [f"{self._root}/{key}" for key in keys if self.is_key(key)]
        if mine:
            with suppress(Exception):  # as above
                self._files.rm(mine)

    def keys(self, camera: int, at: int) -> list[str]:
        """Pictures of a camera that arrived in the hour of `at`; none where it cannot be listed."""
        day = datetime.fromtimestamp(at / 1e6, UTC)
        folder = f"{camera}/{day:%Y-%m-%d}/{day:%H}"
        try:
            found = self._files.ls(f"{self._root}/{folder}", detail=False)
        except Exception:  # as above; a camera without pictures has no folder
            return []
        keys = (f"{folder}/{str(path).rpartition('/')[2]}" for path in found)
        return [key for key in keys if self.is_key(key)]

    def each_day(self, camera: int) -> Iterator[list[str]]:
        """All pictures of a camera, those of a day at a time, as far as they can be listed."""
        folder = f"{self._root}/{camera}"
        with suppress(Exception):  # as above
            for day in self._files.ls(folder, detail=False):
                paths = (str(path).rsplit("/", 3)[1:] for path in self._files.find(day))
                keys = ("/".join((str(camera), *parts)) for parts in paths)
                yield [key for key in keys if self.is_key(key)]

    def forget(self, camera: int) -> Iterator[None]:
        """Forget all pictures of a camera, a day's at a time."""
        folder = f"{self._root}/{camera}"
        with suppress(Exception):  # as above; a camera without pictures has no folder
            for day in self._files.ls(folder, detail=False):
                self._files.rm(day, recursive=True)
                yield
            self._files.rm(folder, recursive=True)


def reached(url: str) -> tuple[Any, str]:
    """Files of fsspec, and the path within them, that a URL of a store names.

    Raises:
        ArgumentError: nothing here reaches such a URL.
    """
    kind, _, rest = url.partition("://")
    options = S3 if kind == "s3" else {"auto_mkdir": True}
    if kind == "s3" and "@" in rest:
        raise ArgumentError(
            f"a bucket is named as s3://BUCKET/PREFIX, got s3://...@{rest.rpartition('@')[2]}; its "
            "keys are taken from the environment or ~/.aws (AWS_ACCESS_KEY_ID, AWS_PROFILE)"
        )
    try:
        files, root = fsspec.core.url_to_fs(url, **options)
    except ImportError as error:
        wanted = "pip install 'counterpoise[serve-s3]'" if kind == "s3" else str(error)
        raise ArgumentError(f"pictures in {url} need another package: {wanted}") from None
    except ValueError as error:
        raise ArgumentError(f"pictures cannot be kept in {url}: {error}") from None
    if kind == "s3":
        files.retries = 1  # of its own, beyond those of botocore
    return files, root


def said(error: Exception) -> str:
    """Why a store does not take a picture, in a line."""
    words = (error.strerror or str(error)) if isinstance(error, OSError) else ""
    return " ".join((words or type(error).__name__).split())


def _key(camera: int, at: int, content: bytes) -> str:
    day = datetime.fromtimestamp(at / 1e6, UTC)
    return f"{camera}/{day:%Y-%m-%d}/{day:%H}/{at}.{_suffix(content)}"


def _suffix(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return "png"
    if content.startswith(b"\x93NUMPY"):
        return "npy"
    return "webp" if content.startswith(b"RIFF") else "jpg"
