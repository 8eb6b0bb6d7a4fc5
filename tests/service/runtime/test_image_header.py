"""What is no picture is known before anything is decoded."""

import io
import random
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.image_header import PIXELS, require_picture, require_whole


def encoded(form: str, size: tuple[int, int] = (48, 32)) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form)
    return stream.getvalue()


def png(width: int, height: int) -> bytes:
    """A file of a few bytes whose header tells of so many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def refused(content: bytes, call=require_picture) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        call(content)
    return caught.value


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_width_and_height_are_read(form) -> None:
    assert require_picture(encoded(form)) == require_whole(encoded(form)) == (48, 32)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM"])
def test_other_formats_are_refused(form) -> None:
    assert refused(encoded(form)).reason == "not an image"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><title>Camera</title>", "web page"),
        (b"\r\n  <html><body>", "web page"),
        (b'{"error": "busy"}', "neither JPEG, PNG nor WebP"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\x10\0\0\0AVI LIST", "damaged"),
    ],
)
def test_what_is_no_picture_is_named(content, words) -> None:
    error = refused(content)
    assert error.reason == "not an image"
    assert words in error.detail


@pytest.mark.parametrize("size", [(5001, 5000), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 1)])
def test_a_bomb_is_refused_by_its_header(size) -> None:
    begun = time.process_time()
    for call in (require_picture, require_whole):
        error = refused(png(*size), call)
        assert error.reason in ("bomb", "not an image")
    assert size[0] * size[1] > 1 << 31 or error.reason == "bomb"
    assert time.process_time() - begun < 0.5
    assert require_picture(png(5000, 5000)) == (5000, 5000)
    assert PIXELS == 5000 * 5000


def test_a_jpeg_whose_header_tells_of_too_many_pixels_is_refused() -> None:
    content = bytearray(encoded("JPEG"))
    place = content.index(b"\xff\xc0") + 5
    content[place : place + 4] = struct.pack(">HH", 65_000, 65_000)
    assert refused(bytes(content)).reason == "bomb"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_ends_too_early_is_not_whole(form) -> None:
    content = encoded(form, (200, 200))
    assert refused(content[: len(content) // 2], require_whole).reason in (
        "truncated",
        "not an image",
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_damaged_pictures_raise_nothing_but_a_named_failure(form) -> None:
    draw = random.Random(0)
    whole = encoded(form)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(draw.randrange(1, 8)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        for call in (require_picture, require_whole):
            try:
                call(bytes(content[: draw.randrange(len(content) + 1)]))
            except DeviceError as error:
                assert error.reason in ("not an image", "truncated", "bomb")  # noqa: PT017
