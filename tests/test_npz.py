"""Large tables stay on disk and are the same table; damaged files are named."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from counterpoise import npz
from counterpoise.errors import DataError
from counterpoise.npz import StoredTable, column_blocks, open_tables, read_npz, row_blocks

TABLE = np.random.default_rng(0).normal(size=(700, 90)).astype(np.float32)


@pytest.fixture
def stored(tmp_path: Path) -> StoredTable:
    np.savez(tmp_path / "outputs.npz", before=np.arange(6.0), scores=TABLE, after=TABLE[:2])
    table = open_tables(tmp_path / "outputs.npz", large=10_000)["scores"]
    assert isinstance(table, StoredTable)
    return table


def test_slices_are_those_of_the_array(
    stored: StoredTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "BLOCK", 90 * 4 * 13)  # 13 rows at once
    assert stored.shape == TABLE.shape
    assert stored.dtype == TABLE.dtype
    assert stored.nbytes == TABLE.nbytes
    np.testing.assert_array_equal(stored[:], TABLE)
    np.testing.assert_array_equal(stored[3:40], TABLE[3:40])
    np.testing.assert_array_equal(stored[:, 7:9], TABLE[:, 7:9])
    np.testing.assert_array_equal(stored[699:, 80:200], TABLE[699:, 80:200])
    np.testing.assert_array_equal(np.asarray(stored), TABLE)
    assert stored[5:5].shape == (0, 90)


@pytest.mark.parametrize("size", [1, 1000, 2**20])
def test_blocks_together_are_the_table(
    stored: StoredTable, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "BLOCK", size)
    for table in (stored, TABLE):
        rows, columns = list(row_blocks(table)), list(column_blocks(table))
        np.testing.assert_array_equal(np.vstack([values for _, values in rows]), TABLE)
        np.testing.assert_array_equal(np.hstack([values for _, values in columns]), TABLE)
        np.testing.assert_array_equal(rows[-1][1], TABLE[rows[-1][0]])
        np.testing.assert_array_equal(columns[-1][1], TABLE[:, columns[-1][0]])


def test_a_block_costs_the_memory_of_a_block(
    stored: StoredTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "BLOCK", 8000)
    tracemalloc.start()
    for blocks in (row_blocks(stored), column_blocks(stored)):
        assert sum(values.size for _, values in blocks) == TABLE.size
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < TABLE.nbytes / 4


def test_small_packed_and_other_arrays_are_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "packed.npz"
    np.savez_compressed(path, scores=TABLE)
    assert isinstance(open_tables(path, large=0)["scores"], np.ndarray)
    np.savez(path, scores=TABLE, turned=np.asfortranarray(TABLE))
    found = open_tables(path, large=0)
    assert isinstance(found["turned"], np.ndarray)
    np.testing.assert_array_equal(np.asarray(found["turned"]), TABLE)
    assert isinstance(open_tables(path)["scores"], np.ndarray)
    np.testing.assert_array_equal(read_npz(path)["scores"], TABLE)


@pytest.mark.parametrize("reader", [read_npz, open_tables])
def test_damaged_files_are_named(tmp_path: Path, reader) -> None:
    path = tmp_path / "outputs.npz"
    np.savez(path, scores=TABLE)
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"cannot read .*outputs\.npz"):
            reader(path)
    with pytest.raises(DataError, match="cannot read"):
        reader(tmp_path / "nowhere.npz")


def test_a_table_cut_off_after_it_was_opened_is_named(stored: StoredTable) -> None:
    with stored.path.open("r+b") as stream:
        stream.truncate(50_000)
    with pytest.raises(DataError, match="is cut off"):
        stored[:]
