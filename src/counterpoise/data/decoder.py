"""Reads image files by index: decoded by threads ahead of their use, kept while there is room."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from counterpoise.data.decode import THREADS, Pixels, decode_rows
from counterpoise.data.image_files import FileInputs
from counterpoise.data.inputs import Indices
from counterpoise.errors import DataError

AHEAD = 64 << 20  # bytes of images that are decoded before they are asked for
GROUP = 8  # images that a thread decodes at a time: handing over one costs as much as a small one


@dataclass
class _Coming:
    """An image that a thread decodes, as one of a group, for the next `uses` readers."""

    future: Future[list[Pixels | DataError]]
    place: int
    uses: int = 1

    def pixels(self) -> Pixels:
        found = self.future.result()[self.place]
        if isinstance(found, DataError):
            raise found
        return found


class Decoder:
    """Reads images by index, and keeps those that came first while there is room.

    Nothing that is kept is ever dropped: of a stream in random order, any set of images of that
    size is as good as another. One caller at a time; only decoding runs in threads, and they end
    with this object.

    Args:
        files: N images.
        memory: most bytes of decoded images that are kept.
        threads: decoding at once.
    """

    def __init__(self, files: FileInputs, memory: int, threads: int = THREADS) -> None:
        self.files = files
        self.form = (*files.size, files.channels)  # of one image
        item = int(np.prod(self.form)) * files.dtype.itemsize  # bytes
        # Memory is taken page by page when it is written to, so an empty array costs nothing.
        self._kept = np.empty((min(len(files), memory // item), *self.form), dtype=files.dtype)
        self._place = np.full(len(files), -1, dtype=np.int64)
        self._used = 0
        self._threads = threads
        self._most = max(2 * threads * GROUP, AHEAD // item)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="decode")
        self._expected: deque[int] = deque()
        self._coming: dict[int, _Coming] = {}

    def expect(self, indices: Indices) -> None:
        """Say what will be read, in order; decoding begins, and what was expected is forgotten."""
        for coming in self._coming.values():
            coming.future.cancel()
        self._coming.clear()
        self._expected = deque(indices.tolist())
        self._begin()

    def read(self, indices: Indices) -> Pixels:
        """The images at `indices` (B, H, W, C), of the type of the files.

        Raises:
            DataError: a file cannot be decoded.
        """
        out: Pixels = np.empty((len(indices), *self.form), dtype=self.files.dtype)
        places = self._place[indices]
        there = places >= 0
        out[there] = self._kept[places[there]]
        rows = np.flatnonzero(~there)
        if not len(rows):
            return out
        wanted = indices[rows].tolist()
        found = self._take(wanted)
        self._begin()
        for row, index in zip(rows, wanted, strict=True):
            out[row] = found[index].pixels()
            self._keep(index, out[row])
            self._begin()
        return out

    def _take(self, wanted: list[int]) -> dict[int, _Coming]:
        """What will hold these images; what was not expected is begun."""
        found: dict[int, _Coming] = {}
        missing: list[int] = []
        for index in wanted:
            coming = self._coming.get(index)
            if coming is not None:
                found[index] = coming
                coming.uses -= 1
                if not coming.uses:
                    del self._coming[index]
            else:
                missing.append(index)
        self._pass(missing)
        return self._submit([i for i in dict.fromkeys(missing) if i not in found]) | found

    def _pass(self, read: list[int]) -> None:
        """Expect these no longer: a batch may be larger than what is decoded ahead."""
        left, number = Counter(read), len(read)
        while number and self._expected:
            index = self._expected[0]
            if left[index]:
                left[index] -= 1
                number -= 1
            elif self._place[index] < 0:
                return
            self._expected.popleft()

    def _begin(self) -> None:
        """Decode more of what is expected, as far ahead as is allowed."""
        room = self._most - len(self._coming)
        if not self._expected or room < min(GROUP, self._most):
            return
        begun: dict[int, int] = {}
        while self._expected and len(begun) < room:
            index = self._expected.popleft()
            if index in self._coming:
                self._coming[index].uses += 1
            elif self._place[index] < 0:
                begun[index] = begun.get(index, 0) + 1
        self._coming |= self._submit(list(begun))
        for index, uses in begun.items():
            self._coming[index].uses = uses

    def _submit(self, indices: list[int]) -> dict[int, _Coming]:
        """Begin to decode different images, a group for each thread or more."""
        size = max(1, min(GROUP, -(-len(indices) // self._threads)))
        made: dict[int, _Coming] = {}
        for start in range(0, len(indices), size):
            group = indices[start : start + size]
            future = self._pool.submit(_decode, self.files, group)
            made |= {index: _Coming(future, place) for place, index in enumerate(group)}
        return made

    def _keep(self, index: int, pixels: Pixels) -> None:
        if self._place[index] < 0 and self._used < len(self._kept):
            self._kept[self._used] = pixels
            self._place[index] = self._used
            self._used += 1
            self._coming.pop(index, None)


def _decode(files: FileInputs, indices: list[int]) -> list[Pixels | DataError]:
    """Images (H, W, C), or why one cannot be had."""
    found: list[Pixels | DataError] = []
    for index in indices:
        try:
            path, form = files.paths[index], (files.size, files.channels)
            found.append(decode_rows(path, *form, files.deep, files.how))
        except DataError as error:
            found.append(error)
    return found
