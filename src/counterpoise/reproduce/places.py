"""Cells of a grid, and the places ``{axis}`` of a text that their values fill."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

Number = int | float
Point = dict[str, Number]  # axis -> value, of one cell of the grid
Places = dict[str, Number | str]  # the same, and what follows an axis
PLACE = re.compile(r"\{(\w+)\}")


def with_places(text: str, places: Mapping[str, Number | str]) -> str:
    """`text` with the places of an axis filled in.

    >>> with_places("step:rho={rho},mu={mu}", {"rho": 10, "mu": 0.5})
    'step:rho=10,mu=0.5'
    """
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value if isinstance(value, str) else f"{value:g}")
    return text


def filled(value: Any, places: Mapping[str, Number | str]) -> Any:
    """`value` with the places of an axis filled in, as TOML reads them.

    >>> filled("[{a}, {b}]", {"a": 0.4, "b": 6})
    [0.4, 6]
    """
    if not isinstance(value, str) or not PLACE.search(value):
        return value
    text = with_places(value, places)
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        return text
