"""HAM10000: metadata, images in any folder, lesions as groups."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources.ham10000 import COUNTS, load_ham10000
from counterpoise.errors import DataError

LINES = [
    "lesion_id,image_id,dx,dx_type,age,sex,localization",
    "HAM_1,ISIC_1,nv,histo,80.0,male,scalp",
    "HAM_1,ISIC_2,nv,histo,80.0,male,scalp",
    "HAM_2,ISIC_3,mel,histo,,,ear",
    "HAM_3,ISIC_4,mel,histo,40.0,female,back",
]
FEW = {"mel": 2, "nv": 2}


def written(root: Path, lines: list[str], images: str = "HAM10000_images_part_{}") -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "HAM10000_metadata.csv").write_text("\n".join(lines) + "\n")
    for i in range(1, 5):
        place = root / images.format(1 + i % 2)
        place.mkdir(exist_ok=True)
        Image.fromarray(np.full((45, 60, 3), i, np.uint8)).save(place / f"ISIC_{i}.jpg")
    return root


def test_images_of_both_parts_by_lesion(tmp_path: Path) -> None:
    found = load_ham10000(written(tmp_path / "h", LINES), counts=FEW)
    assert found.classes == ("mel", "nv")
    assert found.labels.tolist() == [1, 1, 0, 0]
    assert found.groups is not None
    assert found.groups.tolist() == [0, 0, 1, 2]
    assert found.inputs.read()[:, 0, 0, 0].tolist() == [1, 2, 3, 4]
    assert set(found.part) == {-1}


def test_images_that_no_line_lists_are_counted(tmp_path: Path) -> None:
    root = written(tmp_path / "h", LINES, images="images")
    Image.new("RGB", (60, 45)).save(root / "images" / "ISIC_9.jpg")
    found = load_ham10000(root, counts=FEW)
    assert any("left out: 1 images" in note for note in found.notes)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (LINES[:-1], r"'mel' has 1, not 2"),
        ([*LINES, LINES[1]], "line 6 repeats ISIC_1"),
        ([*LINES[:-1], ",ISIC_4,mel,,,,"], "line 5 lacks lesion_id"),
        ([*LINES[:-1], "HAM_3,ISIC_5,mel,,,,"], r"1 of 4 images.*ISIC_5\.jpg"),
        ([*LINES[:-1], "HAM_3,ISIC_4,melanoma,,,,"], "'melanoma' is no class of it"),
        (["a,b", "1,2"], "has no column lesion_id, image_id, dx; it has a, b"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        load_ham10000(written(tmp_path / "h", lines), counts=FEW)


def test_without_metadata_it_is_said_what_to_put_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no metadata in.*HAM10000_metadata.csv"):
        load_ham10000(tmp_path)


@pytest.mark.data("ham10000")
def test_the_real_set() -> None:
    found = load("ham10000")
    assert dict(zip(found.classes, np.bincount(found.labels), strict=True)) == COUNTS
    assert found.groups is not None
    assert (len(found), len(set(found.groups))) == (10_015, 7470)
