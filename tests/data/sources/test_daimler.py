"""Daimler's pedestrians: five sets, and negatives from frames without pedestrians."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources import daimler
from counterpoise.data.sources.daimler import FRAMES, read_daimler
from counterpoise.errors import DataError

FEW = (3, 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    seed = 0
    place = tmp_path / "daimler"
    for name in ("1", "2", "3", "T1", "T2"):
        for folder, number in (("non-ped_examples", 3), ("ped_examples", 2)):
            inside = place / "DC-ped-dataset_base" / name / folder
            inside.mkdir(parents=True)
            for i in range(number):
                seed += 1
                pixels = np.full((36, 18), seed, dtype=np.uint8)
                Image.fromarray(pixels).save(inside / f"img_{i:05}.pgm")
    return place


def frames(root: Path, number: int, height: int = 60, width: int = 80) -> None:
    place = root / "DC-ped-dataset_add-1" / "1" / FRAMES
    place.mkdir(parents=True)
    for i in range(number):
        rows = np.broadcast_to(np.arange(height, dtype=np.uint8)[:, None] + i, (height, width))
        Image.fromarray(np.ascontiguousarray(rows)).save(place / f"img_{i:05}.pgm")


def test_three_sets_train_one_validates_one_tests(root: Path, monkeypatch) -> None:
    arrays, notes = read_daimler(root, counts=FEW, negatives=20)
    assert arrays["x_train"].shape == (15, 36, 18)
    assert np.bincount(np.asarray(arrays["y_train"], dtype=np.int64)).tolist() == [9, 6]
    assert arrays["x_test"][:, 0, 0].tolist() == [16, 17, 18, 19, 20], "T1"
    assert arrays["x_val"][:, 0, 0].tolist() == [21, 22, 23, 24, 25], "T2"
    assert "no frames without pedestrians" in notes[0]
    assert "9 negatives" in notes[0]
    monkeypatch.setattr(
        daimler.read_daimler, "__kwdefaults__", {"counts": FEW, "negatives": 20, "seed": 0}
    )
    found = load("daimler", data_root=str(root.parent))
    assert found.input_shape == (1, 36, 18)
    assert found.classes == ("non-pedestrian", "pedestrian")
    assert notes[0] in found.notes


def test_negatives_are_cut_from_frames(root: Path) -> None:
    frames(root, 4)
    arrays, notes = read_daimler(root, counts=FEW, negatives=20)
    assert np.bincount(np.asarray(arrays["y_train"], dtype=np.int64)).tolist() == [20, 6]
    assert notes == (
        "11 of 20 negatives to train on are cut from 4 frames without pedestrians, at random "
        "places",
    )
    cut = np.asarray(arrays["x_train"])[15:].astype(int)
    assert cut.shape == (11, 36, 18)
    # A frame's rows rise by one a pixel: a box of up to 60 rows, stretched to 36, keeps the order,
    # and its ends are as far apart as it is high.
    spread = cut[:, -1, 0] - cut[:, 0, 0]
    assert (np.diff(cut[:, :, 0], axis=1) >= 0).all()
    assert (cut == cut[:, :, :1]).all()
    assert (spread >= 34).all()
    assert (spread <= 60).all()
    assert spread.max() > spread.min()
    again, _ = read_daimler(root, counts=FEW, negatives=20)
    other, _ = read_daimler(root, counts=FEW, negatives=20, seed=1)
    assert np.array_equal(again["x_train"], arrays["x_train"])
    assert not np.array_equal(other["x_train"], arrays["x_train"])


def test_what_is_wrong_is_said(root: Path) -> None:
    with pytest.raises(DataError, match="'pedestrian' has 2, not 4800"):
        read_daimler(root)
    picture = root / "DC-ped-dataset_base" / "2" / "ped_examples" / "img_00001.pgm"
    whole = picture.read_bytes()
    picture.write_bytes(whole[:100])
    with pytest.raises(DataError, match=r"cannot read image.*img_00001"):
        read_daimler(root, counts=FEW)
    Image.new("L", (18, 35)).save(picture)
    with pytest.raises(DataError, match="has 18 x 35 pixels; examples are 18 x 36"):
        read_daimler(root, counts=FEW)
    picture.write_bytes(whole)
    frames(root, 1, height=30)
    with pytest.raises(DataError, match="is smaller than 18 x 36"):
        read_daimler(root, counts=FEW, negatives=20)
    with pytest.raises(DataError, match=r"cannot read.*1/non-ped_examples.*unpack"):
        read_daimler(root / "elsewhere")
