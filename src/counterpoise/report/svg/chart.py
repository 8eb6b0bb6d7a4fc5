"""What a chart shows, as plain values: panels with axes, and marks in the units of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BASELINE_COLOUR = 0
Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Axis:
    """One axis of a panel.

    Args:
        label: what it measures.
        low, high: its ends.
        ticks: value and text of each.
        logarithmic: whether equal ratios are equally far.
        upright: whether the texts of a horizontal axis are turned.
    """

    label: str
    low: float
    high: float
    ticks: Ticks = ()
    logarithmic: bool = False
    upright: bool = False


@dataclass(frozen=True)
class Line:
    """Points that are joined in their order; where a value is NaN there is a gap.

    Args:
        x, y: places.
        colour: number of a colour, 0 for the baseline's grey.
        label: in the legend; none where it is empty.
        dash: number of a dash, 0 for a solid line.
    """

    x: Sequence[float]
    y: Sequence[float]
    colour: int
    label: str = ""
    dash: int = 0


@dataclass(frozen=True)
class Dots:
    """Points that are not joined, with intervals where these are known.

    Args:
        x, y: places; what is NaN is left out.
        colour, label: as of `Line`.
        low, high: ends of the intervals, along the axis that is no list of names.
        texts: what is said of each where the pointer rests.
        radius: of each, or of all.
        upright: whether intervals are vertical.
    """

    x: Sequence[float]
    y: Sequence[float]
    colour: int
    label: str = ""
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    texts: Sequence[str] = ()
    radius: float | Sequence[float] = 4.0
    upright: bool = True


@dataclass(frozen=True)
class Bars:
    """Vertical bars from the lower end of the axis, each with its text above it."""

    x: Sequence[float]
    y: Sequence[float]
    texts: Sequence[str] = ()


@dataclass(frozen=True)
class Rule:
    """A line across the panel at one value of the horizontal axis, or of the vertical one."""

    at: float
    label: str = ""
    horizontal: bool = False


Mark = Line | Dots | Bars | Rule


@dataclass(frozen=True)
class Panel:
    """One coordinate system, with marks in the order in which they are drawn.

    Args:
        title: above it.
        x, y: its axes.
        marks: in it.
        height, width: in pixels, of the whole panel.
        diagonal: whether the line from corner to corner is drawn.
    """

    title: str
    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    width: int = 440
    height: int = 300
    diagonal: bool = False


@dataclass(frozen=True)
class Chart:
    """Panels beside each other, as many in a row as there is room for.

    Args:
        panels: in their order.
        note: what has to be said below.
    """

    panels: tuple[Panel, ...]
    note: str = ""
