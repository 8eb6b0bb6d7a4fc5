"""``--set KEY=VALUE`` lines as settings: text is parsed here, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterpoise.recipes.schema import Value


def read_settings(lines: Sequence[str]) -> tuple[dict[str, Value], list[str]]:
    """``["oversampling.ratio=10"]`` -> settings, and a fault for each line that is none."""
    from counterpoise.python_words import parse_value

    found: dict[str, Value] = {}
    faults = []
    for line in lines:
        key, equals, text = (part.strip() for part in line.partition("="))
        if not equals or not key or not text:
            faults.append(f"--set takes KEY=VALUE, such as oversampling.ratio=10; got '{line}'")
        elif key in found:
            faults.append(f"--set {key} is given twice")
        else:
            found[key] = parse_value(text)
    return found, faults
