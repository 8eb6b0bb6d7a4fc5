"""The axes of a sweep, and the comparison at each of its points."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from counterpoise.data.splits.profile_text import KEYS
from counterpoise.errors import ArgumentError, near

Number = int | float
Coordinate = Number | str  # a value of an axis
Point = Mapping[str, Coordinate]  # axis -> value, of one cell
Axes = Mapping[str, Sequence[Coordinate]]

PROFILE = tuple(dict.fromkeys(key for keys in KEYS.values() for key in keys))
WHOLE = ("model", "profile", "rounds")  # options that an axis replaces
LONGEST = 180  # characters of a folder's name; a file system holds 255 bytes


def parse_axes(lines: Sequence[str]) -> dict[str, tuple[Coordinate, ...]]:
    """Axes as they are typed: ``rho=10,100``; several of one axis add up.

    Profiles hold commas, so each ``profile=`` is one value.

    Raises:
        ArgumentError: every line that is no axis, or names one that nothing has.

    >>> parse_axes(["rho=10,100 mu=.2", "model=mlp", "model=lenet5"])
    {'rho': (10, 100), 'mu': (0.2,), 'model': ('mlp', 'lenet5')}
    """
    found: dict[str, list[Coordinate]] = {}
    faults = []
    for line in [part for text in lines for part in text.split()]:
        axis, equals, text = line.partition("=")
        parts = [text] if axis == "profile" else text.split(",")
        if not equals or not axis or "" in parts:
            faults.append(f"--sweep names an axis and its values, as rho=10,100; got '{line}'")
            continue
        found.setdefault(axis, []).extend(map(_value, parts))
    if faults:
        raise ArgumentError("\n".join(faults))
    return checked(found)


def checked(axes: Axes) -> dict[str, tuple[Coordinate, ...]]:
    """Axes of which each is known and has values, each value once.

    Raises:
        ArgumentError: every fault.
    """
    faults = []
    known = (*PROFILE, *WHOLE)
    for axis, values in axes.items():
        if axis not in known and "." not in axis:
            faults.append(
                f"axis {axis}: an axis is one of {', '.join(known)}, or a setting such as "
                f"optimizer.lr or oversampling.ratio{near(axis, known)}"
            )
        elif isinstance(values, str) or not isinstance(values, Sequence) or not values:
            faults.append(f"axis {axis}: an axis has a list of values; got {values!r}")
        elif wrong := [v for v in values if not isinstance(v, int | float | str) or v != v]:
            faults.append(f"axis {axis}: a value is a number or a text; got {wrong[0]!r}")
    if "profile" in axes and not axes.keys().isdisjoint(PROFILE):
        faults.append("axis profile names whole profiles; leave out the axes of their parts")
    if not axes:
        faults.append("a sweep has at least one axis, as rho=10,100")
    if faults:
        raise ArgumentError("\n".join(faults))
    return {axis: tuple(dict.fromkeys(values)) for axis, values in axes.items()}


def points(axes: Axes) -> list[dict[str, Coordinate]]:
    """Every cell of the grid, the last axis fastest; one without an axis if there is none."""
    rows = itertools.product(*axes.values())
    return [dict(zip(axes, row, strict=True)) for row in rows]


def options_at(options: Mapping[str, Any], point: Point) -> dict[str, Any]:
    """The options of one comparison: those of all, with the point in their place.

    A part of a profile goes into the profile that is named; without one `ratio` makes an
    exponential one, and every other part one of steps.

    >>> options_at({"profile": "linear:rho=5"}, {"rho": 10})["profile"]
    'linear:rho=10'
    >>> options_at({}, {"rho": 10, "mu": 0.2, "optimizer.lr": 0.1})
    {'settings': {'optimizer.lr': 0.1}, 'profile': 'step:rho=10,mu=0.2'}
    """
    found = dict(options)
    parts = {axis: value for axis, value in point.items() if axis in PROFILE}
    settings = {a: v for a, v in point.items() if a not in PROFILE and a not in WHOLE}
    found |= {axis: value for axis, value in point.items() if axis in WHOLE}
    if settings:
        found["settings"] = {**(found.get("settings") or {}), **settings}
    if parts:
        found["profile"] = _profile(str(found.get("profile") or "none"), parts)
    return found


def _profile(text: str, parts: Point) -> str:
    kind, _, rest = text.partition(":")
    if kind == "counts":
        raise ArgumentError(
            f"axis {', '.join(parts)}: the profile {text} has no such part (sweep over whole "
            "profiles, as profile=...)"
        )
    if kind == "none":
        kind = "exp" if "ratio" in parts else "step"
    given = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    given |= {key: written(value) for key, value in parts.items()}
    order = [key for key in KEYS.get(kind, ()) if key in given]
    keys = dict.fromkeys([*order, *given])
    return f"{kind}:{','.join(f'{key}={given[key]}' for key in keys)}"


def written(value: Coordinate) -> str:
    """A value as people read it, without losing a digit.

    >>> written(0.20), written(1234567), written("mlp")
    ('0.2', '1234567', 'mlp')
    """
    if isinstance(value, float) and float(short := f"{value:g}") == value:
        return short
    return str(value)


def point_name(point: Point) -> str:
    """A cell as people read it, and the folder of one whose values are numbers.

    >>> point_name({"rho": 10, "mu": 0.2}), point_name({})
    ('rho=10,mu=0.2', 'all')
    """
    return ",".join(f"{axis}={written(value)}" for axis, value in point.items()) or "all"


def folder_name(point: Point) -> str:
    """Of the folder of a cell, as a file system can hold it.

    >>> folder_name({"profile": "step:rho=10,mu=0.2"})
    'profile=step-rho=10,mu=0.2'
    """
    name = re.sub(r"[^\w.,=+-]+", "-", point_name(point))
    if len(name.encode()) <= LONGEST:
        return name
    raise ArgumentError(
        f"the cell {point_name(point)} has a name of {len(name.encode())} bytes, more than "
        f"{LONGEST} (sweep over shorter values, or fewer axes)"
    )


def merged(before: Axes | None, axes: Axes) -> dict[str, tuple[Coordinate, ...]]:
    """The axes of all that lies in a folder: those of its last sweep, and what is asked now.

    >>> merged({"rho": (10, 100)}, {"rho": (1000, 10)})
    {'rho': (10, 100, 1000)}
    """
    if before is None or set(before) != set(axes):
        return {axis: tuple(values) for axis, values in axes.items()}
    return {axis: tuple(sorted({*before[axis], *axes[axis]}, key=in_order)) for axis in axes}


def in_order(value: Coordinate) -> tuple[bool, float, str]:
    """A key to sort values by: numbers first, by size."""
    return (True, 0.0, value) if isinstance(value, str) else (False, float(value), "")


def _value(text: str) -> Coordinate:
    for kind in (int, float):
        try:
            value: Number = kind(text)
        except ValueError:
            continue
        if math.isfinite(value):
            return value
    return text
