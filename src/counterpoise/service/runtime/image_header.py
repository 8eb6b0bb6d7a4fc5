"""What a picture's first bytes say before anything is decoded, and whether all of it is there."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from counterpoise.service.runtime.failure import DeviceError

FORMATS: dict[bytes, Callable[[io.BytesIO], Image.Image]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"RIFF": WebPImageFile,
}
PIXELS = 25_000_000


def require_picture(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, PNG or WebP image.

    Raises:
        DeviceError: it is none of these, its header is damaged, or it has too many pixels.
    """
    read = next((one for start, one in FORMATS.items() if content.startswith(start)), None)
    if read is None:
        raise DeviceError("not an image", _looks_like(content))
    try:
        with read(io.BytesIO(content)) as image:
            width, height = image.size
    except Exception as error:  # Pillow's plug-ins raise whatever they like on damaged files
        raise DeviceError("not an image", f"its header is damaged: {error}"[:120]) from None
    if width * height > PIXELS:
        raise DeviceError("bomb", f"{width} x {height}; {PIXELS:,} pixels are the most")
    return width, height


def require_whole(content: bytes) -> tuple[int, int]:
    """Width and height of a picture, all of which is decoded to see whether it can be.

    Raises:
        DeviceError: as `require_picture`, or it ends too early or is damaged.
    """
    size = require_picture(content)
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    except Exception as error:  # as above
        raise DeviceError("truncated", str(error)[:120]) from None
    return size


def _looks_like(content: bytes) -> str:
    if not content:
        return "it is empty"
    start = content[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html")):
        return "it is a web page"
    return "it is neither JPEG, PNG nor WebP"
