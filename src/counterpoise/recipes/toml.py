"""Write the small part of TOML that recipes use; the standard library only reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from counterpoise.printable import printable
from counterpoise.recipes.schema import Value


def dumps(table: Mapping[str, Value], header: str = "") -> str:
    """TOML text for a resolved recipe; `header` becomes its comment.

    >>> print(dumps({"title": "x", "stages": [{"loss": {"name": "CE"}}]}))
    title = "x"
    <BLANKLINE>
    [[stages]]
    loss = { name = "CE" }
    <BLANKLINE>
    """
    lines = [f"# {line}".rstrip() for line in header.splitlines()]
    tables = {k: v for k, v in table.items() if isinstance(v, dict)}
    arrays = {k: v for k, v in table.items() if k == "stages" and isinstance(v, list)}
    for key, value in table.items():
        if key not in tables and key not in arrays:
            lines.append(f"{_key(key)} = {_inline(value)}")
    for key, value in tables.items():
        plain = {k: v for k, v in value.items() if not _rows(v)}
        lines += ["", f"[{_key(key)}]", *(f"{_key(k)} = {_inline(v)}" for k, v in plain.items())]
        for inner in value.keys() - plain.keys():
            for row in _rows(value[inner]):
                lines += ["", f"[[{_key(key)}.{_key(inner)}]]"]
                lines += [f"{_key(k)} = {_inline(v)}" for k, v in row.items()]
    for key, items in arrays.items():
        for item in items:
            assert isinstance(item, dict)
            lines += ["", f"[[{_key(key)}]]"]
            lines += [f"{_key(k)} = {_inline(v)}" for k, v in item.items()]
    return "\n".join(lines) + "\n"


def _rows(value: Value) -> list[dict[str, Value]]:
    """The tables of a list of tables; empty for anything else."""
    rows = value if isinstance(value, list) else []
    tables = [row for row in rows if isinstance(row, dict)]
    return tables if len(tables) == len(rows) else []


def _key(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key)


def _inline(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(k)} = {_inline(v)}" for k, v in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list):
        return f"[{', '.join(_inline(v) for v in value)}]"
    if isinstance(value, str):
        return json.dumps(printable(value), ensure_ascii=False)
    return repr(value)
