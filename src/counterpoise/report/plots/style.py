"""One look for every method in every figure; lines differ without colour too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from counterpoise.printable import printable
from counterpoise.report.results import MethodResult

if TYPE_CHECKING:
    from matplotlib.axis import Axis

BASELINE = "baseline"
GREY = "#7f7f7f"
# Okabe and Ito 2008, without black and the yellow that vanishes on white; then two of Tol's
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#332288",
)
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))
BAR = "#5b8db8"
LONGEST = 16


class Look(TypedDict):
    """Keyword arguments of ``Axes.plot``."""

    color: str
    linestyle: str | tuple[int, tuple[float, ...]]
    zorder: float


def looks(order: Sequence[str]) -> dict[str, Look]:
    """Look of each method, by its place in the order in which methods were asked for."""
    found: dict[str, Look] = {}
    for i, name in enumerate(name for name in order if name != BASELINE):
        turn, place = divmod(i, len(COLOURS))
        dash = DASHES[(turn + place) % len(DASHES)]
        found[name] = {"color": COLOURS[place], "linestyle": dash, "zorder": 3.0}
    found[BASELINE] = {"color": GREY, "linestyle": "-", "zorder": 2.5}
    return found


def shorten(name: str) -> str:
    """Class name that fits under a bar, and that a font can be asked to draw."""
    name = printable(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def in_order(methods: Sequence[MethodResult], order: Sequence[str]) -> list[MethodResult]:
    """Methods that have results of their own, in the order in which they were asked for."""
    shown = (m for m in methods if m.ok and m.alias_of is None)
    return sorted(shown, key=lambda m: order.index(m.name))


def panels(number: int) -> tuple[int, int]:
    """Rows and columns for small multiples: at most four in a row."""
    columns = number if number <= 3 else 3 if number in (5, 6, 9) else 4
    return -(-number // columns), columns


def plain_logarithms(axis: Axis) -> None:
    """Write 0.1, 1, 10 on a logarithmic axis: powers need the mathtext that is switched off."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    # where few powers of ten are in view, 2 and 5 between them are named too
    steps = FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axis.set_minor_formatter(steps if high < 30 * low else NullFormatter())
