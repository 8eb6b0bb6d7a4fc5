"""A side, or width by height, wherever images get a size."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise import data
from counterpoise.data.decode import decode
from counterpoise.data.size import shortest, sides
from counterpoise.errors import ArgumentError


@pytest.mark.parametrize(
    "size", ["", "x", "160x", "x120", "160 x 120", "-5", "1e2", 0, "0x4", True]
)
def test_what_is_no_size_is_refused(size) -> None:
    with pytest.raises(ArgumentError, match=r"got .?" + str(size)):
        sides(size)


def test_what_is_too_small_says_by_how_much() -> None:
    assert sides("8x9", least=8) == (9, 8)
    with pytest.raises(ArgumentError, match="--size is at least 8 pixels; got 160x7"):
        sides("160x7", least=8, name="--size")
    assert shortest("12x012") == 12


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for i, name in enumerate("abab"):
        (tmp_path / name).mkdir(exist_ok=True)
        image = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
        image.save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_folders_tables_and_arrays_take_it(pictures: Path) -> None:
    files = sorted(pictures.rglob("*.png"))
    wanted = decode(files[0], (12, 16), 3)
    rows = "\n".join(f"{path.relative_to(pictures)},{path.parent.name}" for path in files)
    (pictures / "table.csv").write_text(f"path,label\n{rows}\n", "utf-8")
    folder = data.load(str(pictures), size="16x12")
    table = data.load(str(pictures / "table.csv"), size="16x12")
    for found in (folder, table):
        assert found.input_shape == (3, 12, 16)
        assert np.array_equal(found.inputs.read(np.array([0]))[0], wanted)
    stored = np.stack([np.asarray(Image.open(path)) for path in files])
    np.savez(pictures / "arrays.npz", x_train=stored, y_train=[0, 0, 1, 1])
    arrays = data.load(str(pictures / "arrays.npz"), size="16x12")
    assert arrays.input_shape == (3, 12, 16)
    assert arrays.inputs.read(np.array([1])).shape == (1, 3, 12, 16)
    assert data.load(str(pictures / "arrays.npz")).input_shape == (3, 30, 40)
