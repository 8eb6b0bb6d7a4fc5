"""JPEG decoding with simplejpeg, where it is installed: the pixels of Pillow, in less time."""

from __future__ import annotations

import importlib
import io
from functools import lru_cache
from types import ModuleType

from PIL import Image

SMALLEST = 64  # pixels; below, one size fits several scales and simplejpeg may take another one
_ORIENTATION = 0x0112
_APP1 = 0xE1  # Exif and XMP
_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@lru_cache(maxsize=1)
def library() -> ModuleType | None:
    """The module simplejpeg, or None where it is not installed."""
    try:
        return importlib.import_module("simplejpeg")
    except ImportError:
        return None


def scale(width: int, height: int, size: tuple[int, int]) -> int:
    """By what a JPEG is divided while it is decoded: 8, 4 or 2 where it stays at least `size`.

    >>> scale(640, 480, (224, 224)), scale(640, 480, (256, 256))
    (2, 1)
    """
    most = min(width // size[1], height // size[0])
    return next((factor for factor in (8, 4, 2) if factor <= most), 1)


def reduced(content: bytes, size: tuple[int, int]) -> Image.Image | None:
    """An upright JPEG, decoded at the smallest scale that is at least `size` = (H, W).

    None for everything out of the ordinary, which Pillow then reads or refuses: other formats,
    other colours than grey and YCbCr, turned, tiny, huge and damaged images. So what is
    readable, and every pixel, is the same with simplejpeg and without.
    """
    simplejpeg = library()
    if simplejpeg is None or not content.startswith(b"\xff\xd8\xff"):
        return None
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(content)
        if colours not in ("YCbCr", "Gray") or min(height, width) < SMALLEST:
            return None
        if height * width > (Image.MAX_IMAGE_PIXELS or 0) or not _upright(content):
            return None
        factor = scale(width, height, size)
        pixels = simplejpeg.decode_jpeg(
            content,
            "GRAY" if colours == "Gray" else "RGB",
            min_height=-(-height // factor),
            min_width=-(-width // factor),
        )
    except (ValueError, OSError, SyntaxError):
        return None
    return Image.fromarray(pixels[:, :, 0] if colours == "Gray" else pixels)


def _upright(content: bytes) -> bool:
    """Whether no Exif or XMP data say that the image is to be turned or mirrored."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == _APP1:
            with Image.open(io.BytesIO(content)) as opened:
                return int(opened.getexif().get(_ORIENTATION, 1)) == 1
        if marker in _FRAME:
            return True
        place += 2 + int.from_bytes(content[place + 2 : place + 4])
    return False
