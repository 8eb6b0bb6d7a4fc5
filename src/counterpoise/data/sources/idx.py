"""The idx format of MNIST and Fashion-MNIST, plain or gzipped."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.errors import DataError

FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def find(folder: Path) -> dict[str, Path] | None:
    """The four files in `folder`, each plain or with .gz; None unless all are there."""
    found: dict[str, Path] = {}
    for key, name in FILES.items():
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                found[key] = path
                break
    return found if len(found) == len(FILES) else None


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one file of unsigned bytes: 00 00 08 ndim, big-endian uint32 sizes, values.

    Raises:
        DataError: another magic number, or a length that does not fit the sizes.
    """
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read '{path}': {error}") from error
    ndim = raw[3] if len(raw) > 3 else 0
    start = 4 + 4 * ndim
    if raw[:3] != b"\0\0\x08" or len(raw) < start:
        raise DataError(f"'{path}' is not an idx file of unsigned bytes; fetch it again")
    shape = struct.unpack(f">{ndim}I", raw[4:start])
    need = int(np.prod(shape, dtype=np.int64))
    if len(raw) - start != need:
        raise DataError(
            f"'{path}' holds {len(raw) - start} values; its header says {need}: fetch it again"
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=start).reshape(shape)
