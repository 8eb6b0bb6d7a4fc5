"""evaluation.html: one file that needs neither network nor script to be read."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from counterpoise.metrics.names import LOWER_IS_BETTER, MEANINGS, METRICS
from counterpoise.report.evaluation.evaluated import Evaluated
from counterpoise.report.evaluation.sentences import advice
from counterpoise.report.pages import template

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_IMAGES = 60  # of errors, with their file names
PER_CLASS = 6
SIDE = 96  # pixels of the longer side, at most

Pixels = Callable[[Sequence[int]], npt.NDArray[np.generic]]  # indices -> (n, C, H, W)


def page(found: Evaluated, pixels: Pixels | None = None) -> str:
    """The whole document.

    Args:
        found: what is reported.
        pixels: reads images (n, C, H, W) by their indices; None for series and vectors.
    """
    shown = chosen_errors(found)
    images = [""] * len(shown) if pixels is None else [_encoded(one) for one in pixels(shown)]
    predictions = found.evaluation.predictions
    errors = [
        {
            "name": found.names[i],
            "true": found.classes[found.labels[i]],
            "predicted": found.classes[predictions[i]],
            "image": image,
        }
        for i, image in zip(shown, images, strict=True)
    ]
    return template("evaluation.html.j2").render(
        found=found,
        advice=advice(found),
        metrics=METRICS,
        meanings=MEANINGS,
        lower_is_better=LOWER_IS_BETTER,
        by_class=sorted(found.by_class, key=lambda one: (one.recall is None, one.recall or 0.0)),
        errors=errors,
    )


def chosen_errors(found: Evaluated) -> list[int]:
    """Samples to show: of each class the most confident errors, the least found class first."""
    order = sorted(range(len(found.classes)), key=lambda k: found.by_class[k].recall or 0.0)
    wrong = found.order[: found.errors]
    chosen: list[int] = []
    for k in order:
        chosen += [i for i in wrong if found.labels[i] == k][:PER_CLASS]
    return chosen[:MOST_IMAGES]


def _encoded(pixels: npt.NDArray[np.generic]) -> str:
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
