"""Arrays as inputs: stretched and recoloured as files are, equal ones found."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.data import ArrayInputs
from counterpoise.data.decode import decode, resize

RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.integers(0, 256, shape, dtype=np.uint8)


def saved(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def test_arrays_are_stretched_and_recoloured_when_read() -> None:
    grey = noise(3, 1, 6, 6)
    assert ArrayInputs(grey).read() is grey
    colour = ArrayInputs(grey, channels=3).read()
    assert np.array_equal(colour, np.concatenate([grey] * 3, axis=1))
    large = ArrayInputs(colour, size=(12, 12)).read(np.array([2]))
    expected = Image.fromarray(grey[2, 0]).resize((12, 12), Image.Resampling.BILINEAR)
    assert np.array_equal(large[0, 1], np.asarray(expected))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(24, 32), (20, 24), (16, 20), (12, 20), (96, 120), (110, 30)])
def test_arrays_are_stretched_as_files_are(
    size: tuple[int, int], channels: int, tmp_path: Path
) -> None:
    pixels = noise(96, 120, channels) if channels > 1 else noise(96, 120)
    read = decode(saved(tmp_path / "a.png", pixels), size, channels)
    array = pixels.transpose(2, 0, 1) if channels > 1 else pixels[None]
    assert np.array_equal(resize(array, size), read)


def test_luma_is_that_of_pillow() -> None:
    colour = noise(5, 3, 7, 9)
    grey = ArrayInputs(colour, channels=1).read()
    for image, expected in zip(grey, colour, strict=True):
        oracle = Image.fromarray(expected.transpose(1, 2, 0)).convert("L")
        assert np.array_equal(image[0], np.asarray(oracle))


def test_equal_rows_have_equal_fingerprints() -> None:
    array = noise(3, 1, 4, 4)
    array[2] = array[0]
    a, b, c = ArrayInputs(array).fingerprints()
    assert a == c != b
