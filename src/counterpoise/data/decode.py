"""Image files to uint8 arrays of one size, and what their headers tell without decoding."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from counterpoise.data import jpeg
from counterpoise.data.pixel_format import has_alpha
from counterpoise.data.size import STRETCH, WHOLE, Resize, middle, whole
from counterpoise.errors import DataError

Pixels = NDArray[np.integer[Any]]  # uint8, or int32 where 16-bit grey is read whole

SUFFIXES = (
    ".apng", ".bmp", ".dib", ".jfi", ".jfif", ".jif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm",
    ".pjp", ".pjpeg", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
)  # fmt: skip
GREY_MODES = frozenset({"1", "L", "LA", "I", "I;16", "I;16B", "I;16L"})
SIDES = (32, 64, 96, 128)
THREADS = min(8, os.cpu_count() or 1)
_LIGHT = 191  # luma above which what is visible of an image would be lost on white
_HUGE = 1 << 30  # a side that no image has, so that none is reduced
_SIXTEEN_BIT = GREY_MODES - {"1", "L", "LA"}


@dataclass(frozen=True)
class Header:
    """Width, height and Pillow mode of one image file; `error` says why it cannot be read."""

    width: int
    height: int
    mode: str
    error: str = ""


def is_image(name: str) -> bool:
    """Whether a file of this name counts as an image: known suffix, not hidden."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def header(path: Path) -> Header:
    """Read the header of an image file; never raises for a damaged file."""
    try:
        with Image.open(path) as image:
            return Header(image.width, image.height, image.mode)
    except Exception as error:  # Pillow's plug-ins raise whatever they like on damaged files
        return Header(0, 0, "", _reason(error, path))


def values_of_grey(path: Path) -> tuple[int, int] | None:
    """Lowest and highest value of a grey image of more than 8 bits; None for any other file."""
    try:
        with Image.open(path) as image:
            values = np.asarray(image) if image.mode in _SIXTEEN_BIT else None
    except Exception:  # damaged; decoding it says so
        return None
    return None if values is None else (int(values.min()), int(values.max()))


def count_sixteen_bit(paths: Sequence[Path]) -> int:
    """How many files are grey of more than 8 bits, as their headers say; damaged ones are not."""
    return sum(header(path).mode in _SIXTEEN_BIT for path in paths)


def decode(
    path: Path, size: tuple[int, int], channels: int, deep: bool = False, how: Resize = STRETCH
) -> Pixels:
    """Decode one file to (C, H, W); see `decode_rows`."""
    return np.ascontiguousarray(decode_rows(path, size, channels, deep, how).transpose(2, 0, 1))


def decode_rows(
    path: Path,
    size: tuple[int, int],
    channels: int,
    deep: bool = False,
    how: Resize = STRETCH,
    cut: bool = True,
) -> Pixels:
    """Decode one file to uint8 (H, W, C), brought to `size` = (H, W).

    "stretch" does not keep the aspect; "short-side" does: the image just covers `size`, and what
    is longer is cut off evenly at both ends. So does "whole", where the ends are cut off after the
    image was resized, by whole pixels; without `cut` they stay, and the image is as long as it is.

    A JPEG is decoded at 1/2, 1/4 or 1/8 where that is at least `size`; then all are reduced by
    whole factors down to twice `size`, and to `size` with Pillow's bilinear filter. The Exif
    orientation is applied, and 16-bit grey keeps its high byte, or with `deep` all of its values:
    the result is int32, and 8-bit images count as their 16-bit equals, 257 times the value.
    Transparent pixels are put on white, or on black where what is visible is light. Pixels are
    those of Pillow, also where simplejpeg decodes.

    Raises:
        DataError: the file is missing, truncated, damaged or holds floating-point pixels.
    """
    try:
        with open(path, "rb", buffering=0) as file:
            content = file.read()
        return _decoded(content, size, channels, deep, how, cut)
    except Exception as error:
        raise DataError(f"cannot read image '{path}': {_reason(error, path)}") from error


def decode_bytes(
    content: bytes, size: tuple[int, int], channels: int, how: Resize = STRETCH
) -> Pixels:
    """Decode the content of an image file to (C, H, W), as `decode` does.

    Raises:
        DataError: truncated, damaged, or no image.
    """
    try:
        rows = _decoded(content, size, channels, False, how, True)
    except Exception as error:
        raise DataError(f"cannot read the image: {_reason(error)}") from error
    return np.ascontiguousarray(rows.transpose(2, 0, 1))


def decode_whole(content: bytes) -> NDArray[np.uint8]:
    """Decode the content of an image file to uint8 (H, W, 3) at its own size, upright.

    Raises:
        DataError: truncated, damaged, or no image.
    """
    try:
        image = _eight_bit(_upright(content, (_HUGE, _HUGE)), 3)
        return np.asarray(image, dtype=np.uint8)
    except Exception as error:
        raise DataError(f"cannot read the image: {_reason(error)}") from error


def _decoded(
    content: bytes, size: tuple[int, int], channels: int, deep: bool, how: Resize, cut: bool
) -> Pixels:
    convert = _sixteen_bit if deep else _eight_bit
    image = _brought_to(size, convert(_upright(content, size), channels), how, cut)
    pixels: Pixels = np.asarray(image, dtype=np.int32 if deep else np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
        return pixels if channels == 1 else pixels.repeat(channels, axis=2)
    return pixels


def resize(
    pixels: NDArray[np.uint8], size: tuple[int, int], how: Resize = STRETCH, cut: bool = True
) -> NDArray[np.uint8]:
    """Bring one uint8 (C, H, W) image to `size` = (H, W) the way `decode_rows` does."""
    image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0))
    image = _brought_to(size, image, how, cut)
    array = np.asarray(image, dtype=np.uint8)
    return array[None] if len(pixels) == 1 else array.transpose(2, 0, 1)


def default_form(paths: Sequence[Path], sample: int = 64) -> tuple[int, int]:
    """Side and channels that image files get when nobody says: ``(side, channels)``.

    Read off the headers of at most `sample` files, evenly spaced. Side: if all are squares of
    one size of at most 128, that size; else the largest of 32, 64, 96, 128 that is not above
    the median short side (32 at least). Channels: 1 when all are grey, else 3.

    Raises:
        DataError: none of the sampled files can be read.
    """
    found = sampled(paths, sample)
    readable = [h for h in found if not h.error]
    if not readable:
        raise DataError(
            f"none of {len(found)} sampled files can be read as an image; "
            f"the first is '{paths[0]}': {found[0].error}"
        )
    channels = 1 if all(h.mode in GREY_MODES for h in readable) else 3
    sides = {side for h in readable for side in (h.width, h.height)}
    if len(sides) == 1 and max(sides) <= SIDES[-1]:
        return sides.pop(), channels
    short = _median_short_side(readable)
    return max([side for side in SIDES if side <= short], default=SIDES[0]), channels


def short_side(paths: Sequence[Path], sample: int = 64) -> float:
    """Median short side of image files in pixels, off the headers of at most `sample`; else 0."""
    return _median_short_side([h for h in sampled(paths, sample) if not h.error])


def sampled(paths: Sequence[Path], sample: int) -> list[Header]:
    """Headers of at most `sample` files, evenly spaced."""
    chosen = np.unique(np.linspace(0, len(paths) - 1, min(sample, len(paths))).round().astype(int))
    return [header(paths[int(i)]) for i in chosen]


def _median_short_side(readable: Sequence[Header]) -> float:
    return float(np.median([min(h.width, h.height) for h in readable])) if readable else 0.0


def _upright(content: bytes, size: tuple[int, int]) -> Image.Image:
    """The image as it is to be seen, at `size` = (H, W) or larger unless it is smaller."""
    image = jpeg.reduced(content, size)
    if image is not None:
        return image
    with Image.open(io.BytesIO(content)) as opened:
        if isinstance(opened, JpegImageFile):
            turned = opened.getexif().get(0x0112, 1) in (5, 6, 7, 8)  # by a quarter
            height, width = reversed(size) if turned else size
            opened.draft(None, (width, height))
        opened.load()
        return ImageOps.exif_transpose(opened)


def _brought_to(size: tuple[int, int], image: Image.Image, how: Resize, cut: bool) -> Image.Image:
    height, width = whole(image.size, size) if how == WHOLE else size
    if image.size != (width, height):
        box = None if how == STRETCH else middle(image.size, (height, width))
        image = image.resize((width, height), Image.Resampling.BILINEAR, box, reducing_gap=2.0)
    if (height, width) == size or not cut:
        return image
    top, left = (height - size[0]) // 2, (width - size[1]) // 2
    return image.crop((left, top, left + size[1], top + size[0]))


def _eight_bit(image: Image.Image, channels: int) -> Image.Image:
    if image.mode == "F":
        raise ValueError("floating-point pixels; save it with 8 or 16 bits per channel")
    if image.mode in _SIXTEEN_BIT:
        high = np.asarray(image).astype(np.int64) >> 8
        image = Image.fromarray(high.clip(0, 255).astype(np.uint8))
    elif has_alpha(image) or image.mode == "P":
        image = _on_background(image.convert("RGBA"))
    return image.convert("L" if channels == 1 else "RGB")


def _sixteen_bit(image: Image.Image, channels: int) -> Image.Image:
    """Grey values as 32-bit integers."""
    if image.mode in _SIXTEEN_BIT:
        return Image.fromarray(np.asarray(image).astype(np.int32))
    return Image.fromarray(np.asarray(_eight_bit(image, 1)).astype(np.int32) * 257)


def _on_background(image: Image.Image) -> Image.Image:
    """An RGBA image as it looks on white, or on black if what is visible of it is light."""
    alpha = np.asarray(image.getchannel("A"), dtype=np.float64)
    if alpha.min() == 255:
        return image
    luma = np.asarray(image.convert("L"), dtype=np.float64)
    light = float((luma * alpha).sum()) > _LIGHT * float(alpha.sum())
    behind = Image.new("RGBA", image.size, "black" if light else "white")
    return Image.alpha_composite(behind, image)


def _reason(error: Exception, path: Path | None = None) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, UnidentifiedImageError):
        is_empty = path is not None and path.stat().st_size == 0
        return "empty file" if is_empty else "not an image that Pillow knows"
    return " ".join(str(error).split()) or type(error).__name__
