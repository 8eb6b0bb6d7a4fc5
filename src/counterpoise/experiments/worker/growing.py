"""An .npy file that grows chunk by chunk, and goes on where an ended process left it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import unwritable

PART = ".part"  # ends the name of a file that holds so many chunks as the number before it says
Rows = npt.NDArray[np.float32]


def grow(target: Path, total: int, chunk: int, compute: Callable[[int], Rows]) -> None:
    """Write an array of `total` rows; `target` is whole or not there.

    What is computed is kept after each chunk, under a name that tells how many there are, so an
    ended process loses the chunk that it was at.

    Args:
        target: the file.
        total: rows in all.
        chunk: rows at a time; the last may be fewer. A kept part is of the same size of chunks.
        compute: makes the rows (chunk, ...) that begin at a number, float32.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    done, path = _kept(target, total, chunk)
    for number in range(done, -(-total // chunk)):
        rows = np.ascontiguousarray(compute(number * chunk), dtype=np.float32)
        with _writing(target):
            if path is None:
                path = _begun(target, (total, *rows.shape[1:]))
            with path.open("r+b") as stream:
                np.lib.format.read_magic(stream)
                np.lib.format.read_array_header_1_0(stream)
                stream.seek(number * chunk * rows[0].nbytes, os.SEEK_CUR)
                stream.truncate()  # of a chunk that was not written whole
                stream.write(rows.tobytes())
                stream.flush()
                os.fsync(stream.fileno())
            path = path.rename(_part(target, number + 1))
    assert path is not None, "there are rows"
    with _writing(target):
        os.replace(path, target)


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unwritable(target, error) from error


def _begun(target: Path, shape: tuple[int, ...]) -> Path:
    """A file without rows yet, for an array of this shape."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = _part(target, 0)
    with path.open("wb") as stream:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(stream, header)
    return path


def _part(target: Path, number: int) -> Path:
    return target.with_name(f"{target.name}.{number}{PART}")


def _kept(target: Path, total: int, chunk: int) -> tuple[int, Path | None]:
    """How many chunks an earlier process left, and where; what is of no use is removed."""
    found: tuple[int, Path | None] = (0, None)
    for path in sorted(target.parent.glob(f"{target.name}.*{PART}")):
        text = path.name.removeprefix(f"{target.name}.").removesuffix(PART)
        number = int(text) if text.isdecimal() else 0
        if number > found[0] and _holds(path, min(total, number * chunk), total):
            found = (number, path)
        else:
            path.unlink(missing_ok=True)
    return found


def _holds(path: Path, rows: int, total: int) -> bool:
    """Whether a file of `total` rows holds the first of them."""
    try:
        with path.open("rb") as stream:
            np.lib.format.read_magic(stream)
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            begin = stream.tell()
    except (ValueError, OSError):
        return False
    size = dtype.itemsize * int(np.prod(shape[1:]))
    return shape[0] == total and path.stat().st_size >= begin + rows * size
