"""Small images of samples of any kind, as addresses that hold them."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from counterpoise.report.thumbnails import SIDE, encoded


def opened(address: str) -> Image.Image:
    kind, _, data = address.partition(",")
    assert kind in ("data:image/png;base64", "data:image/jpeg;base64")
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize(
    ("shape", "size"), [((1, 8, 8), (96, 96)), ((3, 200, 90), (43, 96)), ((4, 30, 60), (60, 30))]
)
def test_the_longer_side_fits(shape: tuple[int, int, int], size: tuple[int, int]) -> None:
    image = opened(encoded(np.zeros(shape, np.uint8)))
    assert image.size == size
    assert max(image.size) <= SIDE


def test_small_images_are_kept_to_the_pixel() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 8, 8)).astype(np.uint8)
    image = np.asarray(opened(encoded(pixels)))
    np.testing.assert_array_equal(image[6::12, 6::12], np.moveaxis(pixels, 0, -1))


def test_more_than_eight_bits_are_stretched() -> None:
    pixels = np.arange(16, dtype=np.int32).reshape(1, 4, 4) * 1000
    image = np.asarray(opened(encoded(pixels)))
    assert (image.min(), image.max()) == (0, 255)
