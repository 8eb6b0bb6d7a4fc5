"""Small image folders, made on the spot."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import ArrayInputs, FileInputs, LabelledSet, labelled_set


def picture(seed: int, width: int = 10, height: int = 8, mode: str = "RGB") -> Image.Image:
    depth = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, *depth), dtype=np.uint8)
    return Image.fromarray(pixels)


@pytest.fixture
def image_tree(tmp_path: Path) -> Callable[[Mapping[str, int]], Path]:
    """``image_tree({"cat": 3, "train/dog": 2})`` writes that many PNGs into each folder."""

    def make(folders: Mapping[str, int]) -> Path:
        root = tmp_path / "pictures"
        seed = 0
        for folder, number in folders.items():
            place = root / folder
            place.mkdir(parents=True, exist_ok=True)
            for i in range(number):
                picture(seed := seed + 1).save(place / f"image_{i}.png")
        return root

    return make


def made(
    labels: Sequence[int],
    *,
    groups: Sequence[int] | None = None,
    part: Sequence[int] | None = None,
    num_classes: int | None = None,
) -> LabelledSet:
    """A set of one-feature vectors, each sample different."""
    size = len(labels)
    num = num_classes or max(labels) + 1
    return labelled_set(
        "made",
        "vector",
        ArrayInputs(np.arange(size, dtype=np.float32)[:, None]),
        np.array(labels, dtype=np.int64),
        [f"c{k}" for k in range(num)],
        part=np.full(size, -1, np.int8) if part is None else np.array(part, dtype=np.int8),
        input_shape=(1,),
        groups=None if groups is None else np.array(groups, dtype=np.int64),
    )


@pytest.fixture(scope="session")
def make_set() -> Callable[..., LabelledSet]:
    return made


@pytest.fixture
def files(tmp_path: Path) -> FileInputs:
    """30 PNGs of noise, 24 x 20, read as 11 x 9."""
    rng = np.random.default_rng(0)
    paths = tuple(tmp_path / f"{i}.png" for i in range(30))
    for path in paths:
        Image.fromarray(rng.integers(0, 256, (20, 24, 3), dtype=np.uint8)).save(path)
    return FileInputs(paths, tuple(path.name for path in paths), (9, 11), 3)
