"""Reads image files by index: decoded by threads ahead of their use, kept while there is room."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np

from counterpoise.data.decode import THREADS, Pixels, decode_rows
from counterpoise.data.held_images import middles
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
        sizes: (N, 2) height and width of images that are kept whole; None where all are of the
            one size of the files.
    """

    def __init__(
        self,
        files: FileInputs,
        memory: int,
        threads: int = THREADS,
        sizes: Indices | None = None,
    ) -> None:
        self.files, self.sizes = files, sizes
        self.form = (*files.size, files.channels)  # of one image, or of its middle
        pixel = files.channels * files.dtype.itemsize  # bytes
        areas = (
            np.full(len(files), files.size[0] * files.size[1])
            if sizes is None
            else (sizes.prod(axis=1, dtype=np.int64))
        )
        # Memory is taken page by page when it is written to, so an empty array costs nothing.
        room = min(int(areas.sum()), memory // pixel)
        self._kept: Pixels = np.empty((room, files.channels), dtype=files.dtype)
        self._place = np.full(len(files), -1, dtype=np.int64)  # of the first pixel
        self._used = 0
        self._threads = threads
        self._most = max(2 * threads * GROUP, AHEAD // int(areas.mean() * pixel))
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
        """The images at `indices` (B, H, W, C), of the type of the files; or their middles.

        Raises:
            DataError: a file cannot be decoded.
        """
        if self.sizes is not None:
            form = self.files.size
            return self.cut(indices, *middles(self.sizes[indices], form), form)
        out: Pixels = np.empty((len(indices), *self.form), dtype=self.files.dtype)
        area = self.form[0] * self.form[1]
        kept = self._kept[: self._used].reshape(-1, *self.form)
        there = self._place[indices] >= 0
        out[there] = kept[self._place[indices[there]] // area]
        for row, image in self._decoded(indices, np.flatnonzero(~there)):
            out[row] = image
        return out

    def cut(self, indices: Indices, top: Indices, left: Indices, form: tuple[int, int]) -> Pixels:
        """Parts of the images at `indices`, (B, height, width, C).

        Args:
            indices: (B,) of the images.
            top: (B,) first rows.
            left: (B,) first columns.
            form: height and width.

        Raises:
            DataError: a file cannot be decoded, or is another image than it was.
        """
        height, width = form
        out: Pixels = np.empty((len(indices), *form, self.form[2]), dtype=self.files.dtype)
        there = self._place[indices] >= 0
        kept = ((row, self._image(indices[row])) for row in np.flatnonzero(there).tolist())
        for row, image in chain(kept, self._decoded(indices, np.flatnonzero(~there))):
            y, x = top[row], left[row]
            out[row] = image[y : y + height, x : x + width]
        return out

    def _image(self, index: int) -> Pixels:
        """One that is kept (h, w, C)."""
        begin, (height, width) = self._place[index], self._size(index)
        return self._kept[begin : begin + height * width].reshape(height, width, -1)

    def _size(self, index: int) -> tuple[int, int]:
        if self.sizes is None:
            return self.files.size
        height, width = self.sizes[index]
        return int(height), int(width)

    def _decoded(self, indices: Indices, rows: Indices) -> Iterator[tuple[int, Pixels]]:
        """Some of these images, which are not kept yet, by their rows."""
        if not len(rows):
            return
        wanted = indices[rows].tolist()
        found = self._take(wanted)
        self._begin()
        for row, index in zip(rows.tolist(), wanted, strict=True):
            image = found[index].pixels()
            if image.shape[:2] != self._size(index):
                raise DataError(
                    f"'{self.files.paths[index]}' was {self._size(index)[::-1]} pixels when this "
                    f"comparison began, and is {image.shape[1::-1]} now (begin again)"
                )
            self._keep(index, image)
            yield row, image
            self._begin()

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
            future = self._pool.submit(_decode, self.files, self.sizes is None, group)
            made |= {index: _Coming(future, place) for place, index in enumerate(group)}
        return made

    def _keep(self, index: int, image: Pixels) -> None:
        end = self._used + image.shape[0] * image.shape[1]
        if self._place[index] < 0 and end <= len(self._kept):
            self._kept[self._used : end] = image.reshape(-1, image.shape[2])
            self._place[index] = self._used
            self._used = end
            self._coming.pop(index, None)


def _decode(files: FileInputs, cut: bool, indices: list[int]) -> list[Pixels | DataError]:
    """Images (H, W, C), or why one cannot be had; without `cut`, whole ones."""
    found: list[Pixels | DataError] = []
    for index in indices:
        try:
            path, form = files.paths[index], (files.size, files.channels)
            found.append(decode_rows(path, *form, files.deep, files.how, cut))
        except DataError as error:
            found.append(error)
    return found
