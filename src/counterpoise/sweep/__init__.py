"""Grids of comparisons as one plan with one report: ``compare --sweep``, and what papers share.

>>> from counterpoise import sweep
>>> sweep.compare("digits", {"rho": (10, 100)}, seeds=2)  # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterpoise.sweep.door import compare

__all__ = ["compare"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'counterpoise.sweep' has no attribute {name!r}")
    from counterpoise.sweep.door import compare

    return compare
