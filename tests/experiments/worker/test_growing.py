"""A file of features grows by chunks, and is the same whether it was interrupted or not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from counterpoise.errors import OutputError
from counterpoise.experiments.worker.growing import Rows, grow

ROWS = np.random.default_rng(0).normal(size=(11, 2, 3)).astype(np.float32)


def computing(asked: list[int], until: int = 99) -> Callable[[int], Rows]:
    """Chunks of four rows, as far as time lasts."""

    def compute(start: int) -> Rows:
        if len(asked) >= until:
            raise KeyboardInterrupt
        asked.append(start)
        return ROWS[start : start + 4]

    return compute


def interrupted(target: Path, until: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        grow(target, 11, 4, computing([], until))


def test_whole_at_once(tmp_path: Path) -> None:
    asked: list[int] = []
    grow(tmp_path / "new" / "f.npy", 11, 4, computing(asked))
    assert asked == [0, 4, 8]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["f.npy"]
    np.testing.assert_array_equal(np.load(tmp_path / "new" / "f.npy"), ROWS)


@pytest.mark.parametrize("until", [1, 2])
def test_goes_on_where_it_was_ended(tmp_path: Path, until: int) -> None:
    target = tmp_path / "f.npy"
    interrupted(target, until)
    assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == [f"f.npy.{until}.part"]
    asked: list[int] = []
    grow(target, 11, 4, computing(asked))
    assert asked == [0, 4, 8][until:]
    assert [path.name for path in tmp_path.iterdir()] == ["f.npy"]
    np.testing.assert_array_equal(np.load(target), ROWS)


def test_a_chunk_that_was_cut_is_computed_again(tmp_path: Path) -> None:
    target = tmp_path / "f.npy"
    interrupted(target, 1)
    with (tmp_path / "f.npy.1.part").open("ab") as stream:
        stream.write(b"half of a chunk")
    grow(target, 11, 4, computing([]))
    np.testing.assert_array_equal(np.load(target), ROWS)


@pytest.mark.parametrize("damage", [b"", b"no array", None])
def test_a_damaged_part_is_made_again(tmp_path: Path, damage: bytes | None) -> None:
    target, part = tmp_path / "f.npy", tmp_path / "f.npy.2.part"
    interrupted(target, 2)
    part.write_bytes(part.read_bytes()[:-1] if damage is None else damage)
    asked: list[int] = []
    grow(target, 11, 4, computing(asked))
    assert asked == [0, 4, 8]
    np.testing.assert_array_equal(np.load(target), ROWS)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file"):
        grow(tmp_path / "file" / "f.npy", 11, 4, computing([]))
