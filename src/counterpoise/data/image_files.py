"""Image files as inputs, decoded when they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from counterpoise.data.decode import THREADS, Pixels, decode, decode_rows, sampled
from counterpoise.data.inputs import Indices
from counterpoise.data.pixel_format import PixelFormat, pixel_format
from counterpoise.data.size import STRETCH, Resize, whole
from counterpoise.errors import DataError

PROBED = 16  # files
SAMPLED = 1024  # files whose headers tell how long images are
TOGETHER = 64  # images that are decoded before the first of them is handed on
_WORTH_A_THREAD = 2**17  # bytes; smaller files are hashed in less time than a thread needs


@dataclass(frozen=True, eq=False)
class FileInputs:
    """Image files, decoded by a pool of threads whenever they are read.

    Args:
        paths: one file per sample.
        names: what to call each file in messages and in the checksum: its relative path.
        size: (H, W) that every image is brought to.
        channels: 1 (grey) or 3 (RGB).
        deep: whether they are read as int32, the values of 16-bit grey, and not as bytes.
        how: by which rule they are brought to `size`.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    size: tuple[int, int]
    channels: int
    deep: bool = False
    how: Resize = STRETCH

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def dtype(self) -> np.dtype[np.generic]:
        return np.dtype(np.int32 if self.deep else np.uint8)

    def read(
        self,
        indices: Indices | None = None,
        *,
        size: tuple[int, int] | None = None,
        channels: int | None = None,
    ) -> Pixels:
        """Decode to `dtype` (N, C, H, W); `size` and `channels` override the set's own.

        Raises:
            DataError: some files are damaged; their number and the first of them are named.
        """
        chosen = np.arange(len(self)) if indices is None else np.asarray(indices)
        height, width = size or self.size
        depth = channels or self.channels
        out: Pixels = np.zeros((len(chosen), depth, height, width), dtype=self.dtype)

        def fill(position: int) -> None:
            path = self.paths[int(chosen[position])]
            out[position] = decode(path, (height, width), depth, self.deep, self.how)

        faults = [fault for fault in _each(fill, len(chosen)) if fault]
        if faults:
            raise DataError(damage(faults))
        return out

    @cached_property
    def area(self) -> float:
        """Pixels of an image brought to size whole, on average, as `SAMPLED` headers tell."""
        headers = [found for found in sampled(self.paths, SAMPLED) if not found.error]
        forms = [whole((found.width, found.height), self.size) for found in headers] or [self.size]
        return float(np.mean([height * width for height, width in forms]))

    def wholes(self) -> Iterator[Pixels]:
        """All images (h, w, C), brought to size without cutting their ends off.

        Raises:
            DataError: some files are damaged; all were looked at by then.
        """

        def read(path: Path) -> Pixels | str:
            try:
                return decode_rows(path, self.size, self.channels, self.deep, self.how, False)
            except DataError as error:
                return str(error)

        faults: list[str] = []
        with ThreadPoolExecutor(THREADS) as pool:
            for start in range(0, len(self), TOGETHER):
                found = list(pool.map(read, self.paths[start : start + TOGETHER]))
                faults += [fault for fault in found if isinstance(fault, str)]
                yield from (image for image in found if not isinstance(image, str))
        if faults:
            raise DataError(damage(faults))

    def damaged(self) -> dict[int, str]:
        """Position -> reason of every file that cannot be decoded. Decodes all of them."""
        faults = _each(lambda i: decode(self.paths[i], self.size, self.channels), len(self))
        return {i: fault for i, fault in enumerate(faults) if fault}

    def undecodable(self) -> tuple[str, ...]:
        """Name and reason of every file that cannot be decoded. Decodes all of them."""
        found = []
        for i, fault in self.damaged().items():
            reason = fault.removeprefix(f"cannot read image '{self.paths[i]}': ")
            found.append(f"{self.names[i]}: {reason}")
        return tuple(found)

    def pixels(
        self,
        *,
        size: tuple[int, int] | None = None,
        channels: int | None = None,
        among: Indices | None = None,
    ) -> str | None:
        """A digest of some decoded files, evenly spaced; None when none of them is readable.

        It tells apart machines whose decoders do not make the same pixels of the same files.

        Args:
            size: of the decoded images; the set's own when left out. Likewise `channels`.
            among: positions that others are chosen from, beside those of the whole set.
        """
        chosen = _spread(np.arange(len(self)))
        if among is not None:
            chosen = np.concatenate([chosen, _spread(among)])
        digest = hashlib.sha256()
        read = 0
        for index in np.unique(chosen):
            try:
                form = size or self.size, channels or self.channels
                image = decode(self.paths[index], *form, self.deep, self.how)
            except DataError:
                continue
            digest.update(image.tobytes())
            read += 1
        return digest.hexdigest()[:16] if read else None

    def select(self, indices: Indices) -> FileInputs:
        paths = tuple(self.paths[int(i)] for i in indices)
        names = tuple(self.names[int(i)] for i in indices)
        return replace(self, paths=paths, names=names)

    def fingerprints(self) -> list[bytes]:
        return self.look()[0]

    def look(self) -> tuple[list[bytes], list[PixelFormat]]:
        """The content hash and the pixel format of each file, which is read once for both."""

        def seen(path: Path) -> tuple[bytes, PixelFormat]:
            with path.open("rb") as file:
                content = file.read()
            return hashlib.sha256(content).digest(), pixel_format(content)

        try:
            if not self.paths or self.paths[0].stat().st_size < _WORTH_A_THREAD:
                found = [seen(path) for path in self.paths]
            else:
                with ThreadPoolExecutor(THREADS) as pool:
                    found = list(pool.map(seen, self.paths))
        except OSError as error:
            raise DataError(f"cannot read '{error.filename}': {error.strerror}") from error
        return [digest for digest, _ in found], [form for _, form in found]


def damage(faults: Sequence[str]) -> str:
    """What to say of files that cannot be decoded."""
    more = f" ({len(faults)} damaged files in all)" if len(faults) > 1 else ""
    return f"{faults[0]}{more}; fix or delete it, or pass --skip-corrupt"


def _spread(positions: Indices) -> Indices:
    """At most 16 of them, evenly spaced."""
    places = np.linspace(0, len(positions) - 1, min(PROBED, len(positions))).round()
    return positions[places.astype(np.int64)]


def _each(action: Callable[[int], object], num: int) -> list[str]:
    """Run `action` on 0..num-1 in threads; the message of each DataError, "" where it went well."""

    def run(position: int) -> str:
        try:
            action(position)
        except DataError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(num)))
