"""Arrays of an npz file, where large tables stay on disk and are read block by block.

A table (N, K) of scores grows with the square of the number of classes, as there is at least one
sample of each, so nobody holds a large one whole.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from counterpoise.errors import DataError

Array = npt.NDArray[np.generic]
LARGE = 4 * 2**20  # bytes from which a table stays on disk
BLOCK = 32 * 2**20  # bytes of a block


class StoredTable:
    """A table (N, K) in an npz file: its slices are read when they are asked for.

    It is sliced as an array is, by rows or by rows and columns, and gives arrays.
    """

    def __init__(
        self, path: Path, offset: int, shape: tuple[int, int], dtype: np.dtype[np.floating]
    ) -> None:
        self.path = path
        self.shape = shape
        self.dtype = dtype
        self._offset = offset

    @property
    def nbytes(self) -> int:
        """Size of the whole table."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return self[:].astype(self.dtype if dtype is None else dtype, copy=False)

    def __getitem__(self, key: slice | tuple[slice, slice]) -> npt.NDArray[np.floating]:
        rows, columns = key if isinstance(key, tuple) else (key, slice(None))
        start, stop, step = rows.indices(len(self))
        assert step == 1, "rows are read one after the other"
        width = len(range(self.shape[1])[columns])
        found = np.empty((max(stop - start, 0), width), dtype=self.dtype)
        size = max(1, BLOCK // max(1, self.shape[1] * self.dtype.itemsize))
        with self.path.open("rb") as stream:
            for first in range(start, stop, size):
                last = min(first + size, stop)
                found[first - start : last - start] = self._rows(stream, first, last)[:, columns]
        return found

    def _rows(self, stream: BinaryIO, first: int, last: int) -> npt.NDArray[np.floating]:
        width = self.shape[1]
        stream.seek(self._offset + first * width * self.dtype.itemsize)
        values = np.fromfile(stream, dtype=self.dtype, count=(last - first) * width)
        if len(values) < (last - first) * width:
            raise DataError(f"{self.path} is cut off; delete it and run again")
        return values.reshape(last - first, width)


Table = npt.NDArray[np.floating] | StoredTable


def read_npz(path: Path) -> dict[str, Array]:
    """Name -> array.

    Raises:
        DataError: the file cannot be read or is damaged.
    """
    with _opened(path) as archive:
        return {_name(info): _array(archive, info) for info in archive.infolist()}


def open_tables(path: Path, large: int = LARGE) -> dict[str, Table]:
    """Name -> table (N, K) of numbers; one of more than `large` bytes is not read yet.

    Raises:
        DataError: the file cannot be read or is damaged.
    """
    with _opened(path) as archive:
        found: dict[str, Table] = {}
        for info in archive.infolist():
            stored = _stored(path, info) if info.file_size > large else None
            found[_name(info)] = _array(archive, info) if stored is None else stored
        return found


def row_blocks(table: Table) -> Iterator[tuple[slice, npt.NDArray[np.floating]]]:
    """Slices of rows and their values, that together are the table."""
    yield from _blocks(table, 0)


def column_blocks(table: Table) -> Iterator[tuple[slice, npt.NDArray[np.floating]]]:
    """Slices of columns and their values, that together are the table."""
    yield from _blocks(table, 1)


def _blocks(table: Table, axis: int) -> Iterator[tuple[slice, npt.NDArray[np.floating]]]:
    num, other = table.shape[axis], table.shape[1 - axis]
    size = max(1, BLOCK // max(1, other * table.dtype.itemsize))
    for start in range(0, num, size):
        part = slice(start, min(start + size, num))
        yield part, table[part] if axis == 0 else table[:, part]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"cannot read {path} ({error}); delete it and run again") from None


def _name(info: zipfile.ZipInfo) -> str:
    return info.filename.removesuffix(".npy")


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Any:
    with archive.open(info) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _stored(path: Path, info: zipfile.ZipInfo) -> StoredTable | None:
    """The table behind a member's headers; None if it is packed, or no table in row order."""
    if info.compress_type != zipfile.ZIP_STORED:
        return None
    with path.open("rb") as stream:
        stream.seek(info.header_offset)
        local = stream.read(30)  # ends with the lengths of a name and of an extra field
        lengths = int.from_bytes(local[26:28], "little"), int.from_bytes(local[28:30], "little")
        stream.seek(info.header_offset + len(local) + sum(lengths))
        version = np.lib.format.read_magic(stream)
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            return None
        shape, column_order, dtype = read(stream)
        if len(shape) != 2 or column_order or dtype.kind != "f":
            return None
        return StoredTable(path, stream.tell(), (int(shape[0]), int(shape[1])), dtype)
