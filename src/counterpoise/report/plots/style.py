"""One look for every method in every figure; lines differ without colour too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from counterpoise.printable import printable
from counterpoise.report.results import MethodResult
from counterpoise.report.svg.colours import LIGHT, colours

BASELINE = "baseline"
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
LONGEST = 16
STYLE = Path(__file__).with_name("report.mplstyle")  # of the curves of sweeps and of papers


class Look(TypedDict):
    """Keyword arguments of ``Axes.plot``."""

    color: str
    linestyle: str | tuple[int, tuple[float, ...]]
    zorder: float


def looks(order: Sequence[str]) -> dict[str, Look]:
    """Look of each method for matplotlib, by its place in the order asked for."""
    found: dict[str, Look] = {}
    for name, number in colours(order).items():
        line = DASHES[dash(number)]
        order_of = 2.5 if name == BASELINE else 3.0
        found[name] = {"color": LIGHT[number], "linestyle": line, "zorder": order_of}
    return found


def dash(number: int) -> int:
    """Number of the dash of a colour; neighbours differ, the baseline's line is solid."""
    return (number - 1) % len(DASHES) if number else 0


def shorten(name: str) -> str:
    """Class name that fits beside a panel, and that can be written."""
    name = printable(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def in_order(methods: Sequence[MethodResult], order: Sequence[str]) -> list[MethodResult]:
    """Methods that have results of their own, in the order in which they were asked for."""
    shown = (m for m in methods if m.ok and m.alias_of is None)
    return sorted(shown, key=lambda m: order.index(m.name))
