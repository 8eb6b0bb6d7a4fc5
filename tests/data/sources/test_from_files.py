"""Image files with labels from elsewhere."""

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.sources.from_files import from_files
from counterpoise.errors import DataError


def test_files_labels_parts_and_groups_stay_together(tmp_path) -> None:
    names = [f"{i}.png" for i in range(4)]
    for i, name in enumerate(names):
        Image.fromarray(np.full((40, 50, 3), 10 * i, dtype=np.uint8)).save(tmp_path / name)
    part = np.array([0, 0, 2, 2], dtype=np.int8)
    found = from_files(
        "made", tmp_path, names, [0, 1, 0, 1], ("a", "b"), part=part,
        groups=np.array([5, 6, 7, 7]), size="20x10",
    )  # fmt: skip
    assert found.input_shape == (3, 10, 20)
    assert found.inputs.read()[:, 0, 0, 0].tolist() == [0, 10, 20, 30]
    assert found.part.tolist() == [0, 0, 2, 2]
    assert found.published
    free = from_files("made", tmp_path, names, [0, 1, 0, 1], ("a", "b"))
    assert free.part.tolist() == [-1] * 4
    assert not free.published
    assert free.input_shape == (3, 32, 32)


def test_a_file_that_is_gone_is_said(tmp_path) -> None:
    with pytest.raises(DataError, match=r"no such file|No such file"):
        from_files("made", tmp_path, ["a.png", "b.png"], [0, 1], ("a", "b"), size=8, channels=3)
