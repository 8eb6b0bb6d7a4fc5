"""Colours of methods: distinct up to twenty, each readable on a light and on a dark page.

Found by adding, to a few that are known to be told apart, the colour that is farthest from all
before it in OKLab (Ottosson 2020) among those with a contrast of 3 to the page.
"""

from __future__ import annotations

from collections.abc import Sequence

BASELINE = "baseline"
LIGHT = (
    "#767676", "#0072b2", "#d55e00", "#00875f", "#b5478c", "#8a6d00", "#332288", "#882255",
    "#2e96e0", "#003300", "#440022", "#aa66ff", "#7733bb", "#225555", "#22aa00", "#663300",
    "#002244", "#bb0000", "#ff5577", "#0044cc", "#006600",
)  # fmt: skip
DARK = (
    "#9a9a9a", "#56b4e9", "#ff8c3a", "#2fc996", "#e07cb8", "#e6c229", "#8f83f0", "#d05a86",
    "#337700", "#ffddff", "#2266aa", "#44ffff", "#9933bb", "#995511", "#88ff66", "#889900",
    "#cc0022", "#eeeeaa", "#009988", "#eeaaff", "#1177ff",
)  # fmt: skip
LIGHT_RAMP = (
    "#2d2b6c", "#433072", "#583676", "#6d3c78", "#804377", "#934a74", "#a4546f", "#b45f69",
    "#c16b63", "#cb7a5d",
)  # fmt: skip
DARK_RAMP = (
    "#797ec7", "#9383cd", "#ac88d0", "#c38ecf", "#d994cd", "#ed9cc8", "#ffa6c1", "#ffb1ba",
    "#ffbeb3", "#ffccad",
)  # fmt: skip
RAMP = 100  # number of the first colour of ten in an order, as of classes from head to tail
STEPS = 10


def colours(order: Sequence[str]) -> dict[str, int]:
    """Number of the colour of each method, by its place in the order in which they were asked for.

    >>> colours(["a", "baseline", "b"])
    {'a': 1, 'b': 2, 'baseline': 0}
    """
    others = [name for name in order if name != BASELINE]
    found = {name: 1 + i % (len(LIGHT) - 1) for i, name in enumerate(others)}
    return found | {BASELINE: 0}


def style(*, dark: bool) -> str:
    """Declarations of custom properties, ``--k0`` and on; classes of the same names use them.

    >>> style(dark=False)[:25]
    '--k0:#767676;--k1:#0072b2'
    """
    own, ramp = (DARK, DARK_RAMP) if dark else (LIGHT, LIGHT_RAMP)
    named = [*enumerate(own), *enumerate(ramp, start=RAMP)]
    return ";".join(f"--k{i}:{colour}" for i, colour in named)


def classes(within: str) -> str:
    """Rules that give each class ``k0`` and on its colour.

    >>> classes(".page")[:27]
    '.page .k0{--k:var(--k0)}.pa'
    """
    numbers = [*range(len(LIGHT)), *range(RAMP, RAMP + STEPS)]
    return "".join(f"{within} .k{i}{{--k:var(--k{i})}}" for i in numbers)


def step(place: int, number: int) -> int:
    """Colour of one of several things that have an order.

    >>> step(0, 50), step(49, 50)
    (100, 109)
    """
    return RAMP + (STEPS - 1) * place // max(number - 1, 1)
