"""One recipe's tables over another's."""

from __future__ import annotations

from collections.abc import Mapping

from counterpoise.recipes.check.pieces import Table
from counterpoise.recipes.schema import Value

LENGTHS = {"rounds_scale", "rounds", "updates"}  # of a stage, of which it has one


def merge(under: Table, over: Mapping[str, Value]) -> Table:
    """`over` wins; stages merge by position, tables by key, a component of another name whole."""
    merged = dict(under)
    for key, value in over.items():
        merge_key(merged, key, value)
    return merged


def merge_key(table: Table, key: str, value: Value) -> None:
    old = table.get(key)
    if key == "stages" and isinstance(old, list) and isinstance(value, list):
        stages: list[Value] = []
        for i in range(max(len(old), len(value))):
            low = old[i] if i < len(old) else {}
            high = value[i] if i < len(value) else {}
            assert isinstance(low, dict)
            assert isinstance(high, dict)
            if not LENGTHS.isdisjoint(high):
                low = {name: value for name, value in low.items() if name not in LENGTHS}
            stages.append(merge(low, high))
        table[key] = stages
    elif isinstance(old, dict) and isinstance(value, dict):
        replaced = "name" in value and value["name"] != old.get("name")
        table[key] = dict(value) if replaced else merge(old, value)
    else:
        table[key] = value
