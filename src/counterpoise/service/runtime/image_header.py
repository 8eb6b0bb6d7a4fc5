"""What the first bytes of a picture say, before anything is decoded."""

from __future__ import annotations

import io
import warnings

from PIL import Image

from counterpoise.service.runtime.failure import DeviceError

FORMATS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}
PIXELS = 25_000_000


def require_picture(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, PNG or WebP image.

    Raises:
        DeviceError: it is none of these, its header is damaged, or it has too many pixels.
    """
    form = next((name for start, name in FORMATS.items() if content.startswith(start)), None)
    if form is None:
        raise DeviceError("not an image", _looks_like(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                width, height = image.size
    except Image.DecompressionBombError:
        raise DeviceError("bomb", f"more than {PIXELS:,} pixels") from None
    except Exception as error:  # Pillow's plug-ins raise whatever they like on damaged files
        raise DeviceError("not an image", f"its header is damaged: {error}"[:120]) from None
    if width * height > PIXELS:
        raise DeviceError("bomb", f"{width} x {height}; {PIXELS:,} pixels are the most")
    return width, height


def _looks_like(content: bytes) -> str:
    if not content:
        return "it is empty"
    start = content[:200].lstrip().lower()
    return "it is a web page" if start.startswith((b"<!doctype", b"<html")) else "JPEG, PNG or WebP"
