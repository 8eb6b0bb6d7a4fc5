"""The registry: what each axis exports, read from its source without importing it.

``__all__`` of an axis folder is the registry. Importing the folder would import torch, which
takes seconds; the names, their arguments, summaries and facts stand in the text already, so a
mistyped method is found, and a comparison planned, before torch is loaded.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from counterpoise.errors import ArgumentError, near
from counterpoise.registry.member import Member, Parameter
from counterpoise.registry.scan import scan

__all__ = ["AXES", "Member", "Parameter", "find", "members"]

AXES = (
    "losses",
    "weights",
    "samplers",
    "resamplers",
    "augment",
    "heads",
    "steps",
    "posthoc",
    "metrics",
)
PACKAGE = Path(__file__).parents[1]


def members(axis: str, package: Path | None = None) -> dict[str, Member]:
    """What an axis exports, by name, in the order of its ``__all__``.

    A name is a member when the axis's ``__init__.py`` both imports it from one of its files and
    lists it in ``__all__``; constants are left out. An axis without a folder is empty.

    Args:
        axis: one of `AXES`.
        package: folder of the counterpoise package; the installed one when left out.

    Raises:
        ArgumentError: there is no such axis.

    >>> members("losses")["CrossEntropy"].module
    'counterpoise.losses.cross_entropy'
    """
    if axis not in AXES:
        raise ArgumentError(f"no axis named '{axis}'{near(axis, AXES)}")
    return dict(_installed(axis) if package is None else scan(axis, package))


def find(axis: str, name: str) -> Member | None:
    """The member of an axis that a recipe's name means, None where there is none.

    >>> find("resamplers", "imblearn:ADASYN").name
    'ImbalancedLearn'
    """
    known = members(axis)
    if name in known:
        return known[name]
    prefixed = (m for m in known.values() if m.prefix is not None and name.startswith(m.prefix))
    return next(prefixed, None)


@cache
def _installed(axis: str) -> dict[str, Member]:
    return scan(axis, PACKAGE)
