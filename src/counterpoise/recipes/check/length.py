"""Check how long a stage trains and how large its batches are, where it says so itself."""

from __future__ import annotations

from counterpoise.recipes.check.pieces import Fault, Table
from counterpoise.recipes.merge import LENGTHS

LENGTH_KEYS = ("batch_size", "updates_per_round", "rounds", "updates")


def length_from(where: str, table: Table, fault: Fault) -> dict[str, int]:
    """The whole numbers that a stage gives, by key."""
    found: dict[str, int] = {}
    for key in LENGTH_KEYS:
        value = table.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            only_head = " (one that only changes the head has rounds_scale = 0)"
            hint = only_head if value == 0 and key in LENGTHS else ""
            fault(f"{where}.{key} is a whole number of at least 1; got {value!r}{hint}")
        elif key in table:
            found[key] = value
    said = [key for key in ("rounds", "updates", "rounds_scale") if key in table]
    if len(said) > 1:
        fault(
            f"{where}: {' and '.join(said)} each say how long the stage trains; leave "
            f"{'one' if len(said) == 2 else 'two'} of them out"
        )
    return found
