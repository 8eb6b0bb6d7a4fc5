"""Small images of samples, as addresses that hold them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 96  # pixels of the longer side, at most

Pixels = Callable[[Sequence[int]], npt.NDArray[np.generic]]  # indices -> (n, C, H, W)


def encoded(pixels: npt.NDArray[np.generic]) -> str:
    """An image (C, H, W) as a data address; what has more than 8 bits is stretched to them."""
    from PIL import Image

    values = np.moveaxis(np.asarray(pixels, dtype=np.float64), 0, -1)
    if pixels.dtype != np.uint8:
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255 / (high - low or 1))
    image = _image(values.round().astype(np.uint8))
    image.thumbnail((SIDE, SIDE))
    if max(image.size) < SIDE // 2:  # so small that single pixels are to be seen
        times = SIDE // max(image.size)
        size = image.width * times, image.height * times
        image = image.resize(size, Image.Resampling.NEAREST)
    stream = io.BytesIO()
    image.save(stream, "PNG" if max(pixels.shape[1:]) < SIDE // 2 else "JPEG")
    kind = "png" if stream.getvalue().startswith(b"\x89") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"


def _image(values: npt.NDArray[np.uint8]) -> Image:
    from PIL import Image

    if values.shape[-1] == 1:
        return Image.fromarray(values[..., 0])
    return Image.fromarray(np.ascontiguousarray(values[..., :3]))
