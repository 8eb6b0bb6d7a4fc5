"""Whole GTSRB: boxes, tracks, both annotation files."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources import gtsrb
from counterpoise.data.sources.gtsrb import (
    CLASSES,
    TEST_COUNTS,
    TRAIN_COUNTS,
    read_gtsrb,
)
from counterpoise.errors import DataError

HEAD = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId"
FEW = ((4, 4), (1, 2))


def sign(path: Path, inside: int) -> None:
    """30 x 28 pixels of 255, in which the box from (5, 6) to (25, 22) has another grey."""
    pixels = np.full((28, 30, 3), 255, dtype=np.uint8)
    pixels[6:22, 5:25] = inside
    Image.fromarray(pixels).save(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "GTSRB"
    for k in range(2):
        folder = place / "Final_Training" / "Images" / f"{k:05}"
        folder.mkdir(parents=True)
        lines = [HEAD]
        for i in range(4):
            name = f"{i // 2:05}_{i % 2:05}.ppm"
            sign(folder / name, 10 * k + i)
            lines.append(f"{name};30;28;5;6;25;22;{k}")
        (folder / f"GT-{k:05}.csv").write_text("\n".join(lines) + "\n")
    test = place / "Final_Test" / "Images"
    test.mkdir(parents=True)
    lines = [HEAD]
    for i, label in enumerate((1, 0, 1)):
        sign(test / f"{i:05}.ppm", 100 + i)
        lines.append(f"{i:05}.ppm;30;28;5;6;25;22;{label}")
    (place / "GT-final_test.csv").write_text("\r\n".join(lines) + "\r\n")
    return place


def test_the_published_counts() -> None:
    assert (sum(TRAIN_COUNTS), sum(TEST_COUNTS)) == (39_209, 12_630)
    assert len(CLASSES) == len(set(CLASSES)) == len(TRAIN_COUNTS) == len(TEST_COUNTS) == 43
    assert (TRAIN_COUNTS[0], TRAIN_COUNTS[5], TEST_COUNTS[0], TEST_COUNTS[5]) == (
        210, 1860, 60, 630,  # CNUSVM, table I: 20 and 80 km/h
    )  # fmt: skip
    assert (CLASSES[0], CLASSES[5]) == ("20 km/h", "80 km/h")


def test_signs_are_cut_out_and_tracks_are_groups(root: Path, monkeypatch) -> None:
    arrays = read_gtsrb(root, counts=FEW)
    x = np.asarray(arrays["x_train"])
    assert x.shape == (8, 48, 48, 3)
    assert [int(image.min()) for image in x] == [0, 1, 2, 3, 10, 11, 12, 13]
    assert all(int(image.max()) == int(image.min()) for image in x), "nothing of the border"
    assert arrays["group_train"].tolist()[:3] == ["00000/00000", "00000/00000", "00000/00001"]
    assert arrays["y_test"].tolist() == [1, 0, 1]
    monkeypatch.setattr(gtsrb.read_gtsrb, "__kwdefaults__", {"counts": FEW})
    found = load("gtsrb", data_root=str(root.parent), size="20x16")
    assert found.input_shape == (3, 16, 20)
    assert found.classes == ("20 km/h", "30 km/h")
    assert found.groups is not None
    assert len(set(found.groups[:8])) == 4
    assert found.part.tolist() == [0] * 8 + [2] * 3


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("GT-00001.csv", "5;6;25;22;1\n00000_00001", "5;6;25;;1\n00000_00001", "line 2.*whole"),
        ("GT-00001.csv", ";ClassId", "", "has no column ClassId.*GT.zip"),
        ("GT-00001.csv", "00000_00000.ppm", "a.ppm", "training image is called TRACK_FRAME"),
        ("GT-00001.csv", "00000_00000.ppm", "00007_00000.ppm", "no such file.*00007_00000"),
        ("GT-00001.csv", "5;6;25;22;1\n00000_00001", "5;6;95;22;1\n00000_00001", "box .* not in"),
    ],
)
def test_what_is_wrong_is_said(root: Path, file: str, old: str, new: str, said: str) -> None:
    path = root / "Final_Training" / "Images" / "00001" / file
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=said):
        read_gtsrb(root, counts=FEW)


def test_a_cut_copy_is_said(root: Path) -> None:
    with pytest.raises(DataError, match=r"training part.*'0 \(20 km/h\)' has 4, not 5"):
        read_gtsrb(root, counts=((5, 4), (1, 2)))
    with pytest.raises(DataError, match=r"test part.*'1 \(30 km/h\)' has 2, not 3"):
        read_gtsrb(root, counts=((4, 4), (1, 3)))
    picture = root / "Final_Test" / "Images" / "00001.ppm"
    picture.write_bytes(picture.read_bytes()[:400])
    with pytest.raises(DataError, match=r"cannot read image.*00001.ppm"):
        read_gtsrb(root, counts=FEW)
    (root / "GT-final_test.csv").unlink()
    with pytest.raises(DataError, match=r"cannot read.*GTSRB_Final_Test_GT.zip"):
        read_gtsrb(root, counts=FEW)
