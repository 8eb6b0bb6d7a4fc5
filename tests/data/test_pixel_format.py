"""Depth, alpha and further images are read off files of each format."""

import io

import numpy as np
import pytest
from PIL import Image

from counterpoise.data.pixel_format import PixelFormat, pixel_format

RNG = np.random.default_rng(0)


def stored(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def noise(mode: str) -> Image.Image:
    depth = len(Image.new(mode, (1, 1)).getbands())
    pixels = RNG.integers(0, 256, (9, 7, depth), dtype=np.uint8)
    return Image.fromarray(pixels[:, :, 0] if depth == 1 else pixels)


@pytest.mark.parametrize(
    ("kind", "mode", "options", "found"),
    [
        ("PNG", "L", {}, PixelFormat()),
        ("PNG", "RGB", {}, PixelFormat()),
        ("PNG", "LA", {}, PixelFormat(alpha=True)),
        ("PNG", "RGBA", {}, PixelFormat(alpha=True)),
        ("PNG", "RGB", {"transparency": (1, 2, 3)}, PixelFormat(alpha=True)),
        ("PNG", "RGB", {"icc_profile": b"tRNS" * 9}, PixelFormat()),
        ("PNG", "RGB", {"save_all": True, "append_images": [1]}, PixelFormat(several=True)),
        ("WEBP", "RGB", {}, PixelFormat()),
        ("WEBP", "RGB", {"lossless": True}, PixelFormat()),
        ("WEBP", "RGBA", {}, PixelFormat(alpha=True)),
        ("WEBP", "RGBA", {"lossless": True}, PixelFormat(alpha=True)),
        ("WEBP", "RGB", {"save_all": True, "append_images": [1]}, PixelFormat(several=True)),
        ("TIFF", "RGB", {}, PixelFormat()),
        ("TIFF", "RGBA", {}, PixelFormat(alpha=True)),
        ("TIFF", "RGB", {"save_all": True, "append_images": [1]}, PixelFormat(several=True)),
        ("JPEG", "RGB", {}, PixelFormat()),
        ("BMP", "RGB", {}, PixelFormat()),
        ("PPM", "RGB", {}, PixelFormat()),
    ],
)
def test_formats(kind: str, mode: str, options: dict[str, object], found: PixelFormat) -> None:
    if "append_images" in options:
        options = {**options, "append_images": [noise(mode)]}
    assert pixel_format(stored(noise(mode), kind, **options)) == found


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_more_than_8_bits(kind: str) -> None:
    deep = Image.fromarray(RNG.integers(0, 65536, (9, 7), dtype=np.uint16))
    assert pixel_format(stored(deep, kind)) == PixelFormat(sixteen_bit=True, deep_grey=True)


@pytest.mark.parametrize("content", [b"", b"x", b"\x89PNG\r\n\x1a\n", b"RIFF1234WEBPVP8X"])
def test_damaged_files_are_for_others_to_name(content: bytes) -> None:
    assert pixel_format(content) == PixelFormat()


def test_a_png_that_is_cut_short_ends_the_search() -> None:
    whole = stored(noise("RGBA"), "PNG")
    assert pixel_format(whole[:35]) == PixelFormat(alpha=True)
