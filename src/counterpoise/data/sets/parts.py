"""The parts of data that come divided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterpoise.errors import ArgumentError, near

NAMES = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def parts_of(data: object) -> list[tuple[str, Any]] | None:
    """Pairs (part, data) of a mapping such as a DatasetDict; None where it is no such mapping.

    One part alone is free to be split.

    Raises:
        ArgumentError: a name that is no part beside some that are, a part twice, or no train.

    >>> parts_of({"train": 1, "validation": 2})
    [('train', 1), ('val', 2)]
    >>> parts_of({"x": 1}) is None
    True
    """
    if not isinstance(data, Mapping) or not data or not NAMES.keys() & data.keys():
        return None
    unknown = [str(name) for name in data if name not in NAMES]
    if unknown:
        raise ArgumentError(
            f"parts of data are train, validation and test; got '{unknown[0]}'"
            f"{near(unknown[0], NAMES)} (leave it out, or rename it)"
        )
    found = [(NAMES[str(name)], held) for name, held in data.items()]
    named = [part for part, _ in found]
    if "train" not in named or len(set(named)) < len(named):
        raise ArgumentError(
            f"data that come in parts have one train, at most one validation and one test; got "
            f"{', '.join(map(str, data))} (a single set is divided here: give it alone)"
        )
    return found if len(found) > 1 else [("", found[0][1])]
