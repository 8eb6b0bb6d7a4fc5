"""What the finished comparisons of an entry measured, in the columns that papers have."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.reproduce.columns import values
from counterpoise.sweep import measured
from counterpoise.sweep.cell import Cell
from counterpoise.sweep.measured import Measured


def measure(cell: Cell, metrics: Sequence[str]) -> Measured:
    """Read a cell's folder; without a finished run it has no values."""
    return measured.measure(cell.point, cell.out, metrics, values)
