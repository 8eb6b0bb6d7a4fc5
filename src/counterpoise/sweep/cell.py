"""One comparison of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from counterpoise.sweep.grid import Point


@dataclass(frozen=True)
class Cell:
    """A point, the folder of its comparison, and its options, as `Options.of` takes them."""

    point: Point
    out: Path
    options: Mapping[str, Any]
