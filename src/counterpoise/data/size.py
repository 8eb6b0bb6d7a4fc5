"""How images are brought to size: a side in pixels or ``"160x120"``, and by which rule."""

from __future__ import annotations

import re
from typing import Literal, get_args

from counterpoise.errors import ArgumentError

Size = int | str
Resize = Literal["stretch", "short-side", "whole"]
RESIZES: tuple[Resize, ...] = get_args(Resize)
STRETCH: Resize = "stretch"
SHORT_SIDE: Resize = "short-side"
WHOLE: Resize = "whole"
LONGEST = 16  # times the wanted side: what is kept of an image that is longer, from its middle


def sides(size: Size, *, least: int = 1, name: str = "size") -> tuple[int, int]:
    """Height and width, in the order of arrays.

    Args:
        size: a side of squares, or width and height joined by an x.
        least: pixels of the shorter side.
        name: of the argument, for the message.

    Raises:
        ArgumentError: it is neither, or below `least`.

    >>> sides(96), sides("160x120"), sides("96")
    ((96, 96), (120, 160), (96, 96))
    """
    match = re.fullmatch(r"(\d+)(?:x(\d+))?", str(size))
    if match is None:
        raise ArgumentError(
            f"{name} is a side in pixels, such as 96, or width x height, such as 160x120; "
            f"got {size!r}"
        )
    width = int(match[1])
    height = int(match[2] or width)
    if min(width, height) < least:
        unit = "pixel" if least == 1 else "pixels"
        raise ArgumentError(f"{name} is at least {least} {unit}; got {size}")
    return height, width


def shortest(size: Size) -> Size:
    """The same, a number where it is one: ``"96"`` -> 96, ``"96x96"`` -> 96.

    Raises:
        ArgumentError: as `sides`.

    >>> shortest("96"), shortest("96x96"), shortest("160x120"), shortest("0160x120")
    (96, 96, '160x120', '160x120')
    """
    height, width = sides(size)
    return height if height == width else f"{width}x{height}"


def middle(image: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest part of an image that has the shape of what is wanted, in its middle.

    Args:
        image: its width and height.
        wanted: height and width.

    Returns:
        left, top, right and bottom.

    >>> middle((500, 375), (256, 256))
    (62.5, 0.0, 437.5, 375.0)
    """
    width, height = image
    rows, columns = wanted
    scale = min(width / columns, height / rows)
    left, top = (width - columns * scale) / 2, (height - rows * scale) / 2
    return left, top, width - left, height - top


def whole(image: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """Height and width of an image that just covers what is wanted, and keeps its aspect.

    The longer side is rounded down, and is at most `LONGEST` times the wanted one.

    Args:
        image: its width and height.
        wanted: height and width.

    >>> whole((500, 375), (256, 256)), whole((375, 500), (256, 256))
    ((256, 341), (341, 256))
    """
    width, height = image
    rows, columns = wanted
    if width * rows >= height * columns:
        return rows, min(rows * width // height, LONGEST * columns)
    return min(columns * height // width, LONGEST * rows), columns
