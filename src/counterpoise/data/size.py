"""How big images are made: a side in pixels, or ``"160x120"``, width by height."""

from __future__ import annotations

import re

from counterpoise.errors import ArgumentError

Size = int | str


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
