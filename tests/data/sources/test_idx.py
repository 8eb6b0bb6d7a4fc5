"""The idx format: values come back, and a damaged file is named."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from counterpoise.data.sources.idx import FILES, find, read_idx
from counterpoise.errors import DataError


def idx_bytes(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("zipped", [False, True])
def test_values_come_back(tmp_path: Path, zipped: bool) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5), dtype=np.uint8)
    raw = idx_bytes(array)
    path = tmp_path / ("a.gz" if zipped else "a")
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    assert np.array_equal(read_idx(path), array)


def test_all_four_files_are_needed(tmp_path: Path) -> None:
    names = [*FILES.values()]
    for name in names[:3]:
        (tmp_path / name).touch()
    assert find(tmp_path) is None
    (tmp_path / f"{names[3]}.gz").touch()
    found = find(tmp_path)
    assert found is not None
    assert found["y_test"].name == f"{names[3]}.gz"


@pytest.mark.parametrize("damage", ["cut", "magic", "empty", "gzip"])
def test_damaged_idx(tmp_path: Path, damage: str) -> None:
    raw = idx_bytes(np.zeros((4, 2), dtype=np.uint8))
    path = tmp_path / ("a.gz" if damage == "gzip" else "a")
    path.write_bytes({"cut": raw[:-1], "magic": b"\1" + raw[1:], "empty": b"", "gzip": raw}[damage])
    with pytest.raises(DataError, match=r"'.*a(\.gz)?'"):
        read_idx(path)
