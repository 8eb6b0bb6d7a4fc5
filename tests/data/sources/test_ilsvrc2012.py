"""ILSVRC-2012: class folders, and validation images as the test part."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources.ilsvrc2012 import load_ilsvrc2012
from counterpoise.errors import DataError

FEW = (3, 9, 2)
CLASSES = ("n01440764", "n01443537", "n01484850")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    seed = 0
    for part, number in (("train", 3), ("val", 2)):
        for label in CLASSES:
            place = tmp_path / "ilsvrc2012" / part / label
            place.mkdir(parents=True)
            for i in range(number):
                seed += 1
                pixels = np.full((40, 50, 3), seed, dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{label}_{i}.JPEG")
    return tmp_path / "ilsvrc2012"


def test_validation_is_the_test_part(root: Path) -> None:
    (root / "train" / "n01440764" / "notes.txt").write_text("no image")
    found = load_ilsvrc2012(root, expected=FEW)
    assert found.classes == CLASSES
    assert np.bincount(found.labels[found.part == 0]).tolist() == [3, 3, 3]
    assert np.bincount(found.labels[found.part == 2]).tolist() == [2, 2, 2]
    assert found.inputs.read(np.array([0, 9]))[:, 0, 0, 0].tolist() == [1, 10]


def test_what_is_wrong_is_said_at_once(root: Path) -> None:
    (root / "train" / "n01440764" / "n01440764_0.JPEG").unlink()
    (root / "val" / "n01443537" / "n01443537_0.JPEG").unlink()
    with pytest.raises(DataError) as caught:
        load_ilsvrc2012(root, expected=FEW)
    said = str(caught.value)
    assert "train/ has 8 images, not 9" in said
    assert "1 classes have other than 2 images in val/ (n01443537: 1)" in said
    with pytest.raises(DataError, match=r"3 class folders, not 1000.*images, not 1,281,167"):
        load("ilsvrc2012", data_root=str(root.parent))


def test_validation_images_in_no_folder_are_said(root: Path) -> None:
    for label in CLASSES:
        for file in (root / "val" / label).iterdir():
            file.rename(root / "val" / file.name)
        (root / "val" / label).rmdir()
    with pytest.raises(DataError, match=r"6 images of .*lie in no class folder; move each"):
        load_ilsvrc2012(root, expected=FEW)


def test_a_missing_part_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*train.*the layout is"):
        load_ilsvrc2012(tmp_path)
