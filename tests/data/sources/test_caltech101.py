"""Caltech-101: counts, the background that is no class, and LE's eight classes."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import load
from counterpoise.data.sources.caltech101 import (
    BACKGROUND,
    COUNTS,
    PART,
    load_caltech101,
    load_caltech_part,
)
from counterpoise.errors import DataError

FEW = {name: 4 + k for k, name in enumerate((*PART, "yin_yang"))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "caltech101" / "101_ObjectCategories"
    seed = 0
    for name, number in {**FEW, BACKGROUND: 2}.items():
        (root / name).mkdir(parents=True)
        for i in range(number):
            seed += 1
            pixels = np.full((36, 40, 3), seed, dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"image_{i + 1:04}.jpg")
    (root / BACKGROUND / "tmp").write_bytes(b"")
    return root.parent


def test_the_published_counts() -> None:
    assert (len(COUNTS), sum(COUNTS.values())) == (101, 8677)
    assert (min(COUNTS.values()), max(COUNTS.values())) == (31, 800)  # TLC: ratio 25.8
    # Huang, Song and Lu 2019, table 1
    assert [COUNTS[name] - 100 for name in PART] == [7, 335, 14, 100, 700, 698, 139, 28]


def test_background_is_no_class(folder: Path) -> None:
    found = load_caltech101(folder, counts=FEW)
    assert found.classes == tuple(sorted(FEW))
    assert dict(zip(found.classes, np.bincount(found.labels), strict=True)) == FEW
    assert set(found.part) == {-1}
    inside = load_caltech101(folder / "101_ObjectCategories", counts=FEW)
    assert inside.checksum == found.checksum


def test_the_part_keeps_the_papers_order_and_draws_its_test_once(folder: Path) -> None:
    found = load_caltech_part(folder, counts=FEW, num_test=3)
    assert found.classes == PART
    assert np.bincount(found.labels[found.part == 2]).tolist() == [3] * 8
    assert np.bincount(found.labels[found.part == 0]).tolist() == list(range(1, 9))
    again = load_caltech_part(folder, counts=FEW, num_test=3)
    other = load_caltech_part(folder, counts=FEW, num_test=3, seed=1)
    assert again.part.tolist() == found.part.tolist() != other.part.tolist()


def test_missing_and_extra_images_are_said(folder: Path) -> None:
    (folder / "101_ObjectCategories" / "ketch" / "image_0001.jpg").unlink()
    with pytest.raises(DataError, match=r"'ketch' has 5, not 6 \(71 samples in all, not 72\)"):
        load_caltech101(folder, counts=FEW)
    with pytest.raises(DataError, match=r"'Faces' has 5, not 435.*give the path"):
        load("caltech-101", data_root=str(folder.parent))


@pytest.mark.data("caltech101")
def test_the_real_part() -> None:
    found = load("caltech-part")
    train = np.bincount(found.labels[found.part == 0])
    assert train.tolist() == [7, 335, 14, 100, 700, 698, 139, 28]
    assert np.bincount(found.labels[found.part == 2]).tolist() == [100] * 8
