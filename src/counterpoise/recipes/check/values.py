"""Whether a recipe's values are of the kind that an argument takes, known before torch is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from counterpoise.recipes.schema import Component

WORDS = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "str": "a word",
}
_ABOVE_ZERO = {"lr"}  # of an optimizer; its other numbers are 0 or more
_SWITCHES = {"nesterov", "amsgrad", "staircase"}
_LENGTHS = {"every"}
_LISTS = {"betas", "at"}


def misfit(annotation: str, value: object) -> str | None:
    """The rule that `value` breaks, in words; None when it fits or nothing is known.

    Judges the alternatives that plain TOML values can be: numbers, words, true and false,
    ``Literal[...]`` and None. An annotation with any other alternative accepts all.

    >>> misfit("float | None", "ten")
    'a number'
    >>> misfit("Literal['raise', 'ignore']", "skip")
    "one of 'raise', 'ignore'"
    >>> misfit("Sequence[float]", "ten") is None
    True
    """
    rules = []
    for kind in (piece.strip() for piece in annotation.split(" | ")):
        if kind.startswith("Literal[") and annotation == kind:
            allowed = ast.literal_eval(f"({kind.removeprefix('Literal').strip('[]')},)")
            if value in allowed and not isinstance(value, bool):
                return None
            rules.append(f"one of {', '.join(map(repr, allowed))}")
        elif kind == "None":
            continue
        elif kind not in WORDS or _is(kind, value):
            return None
        else:
            rules.append(WORDS[kind])
    return " or ".join(rules) or None


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    types = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}
    return isinstance(value, types[kind])


def check_settings(where: str, component: Component, fault: Callable[[str], None]) -> None:
    """Faults of an optimizer's or a schedule's values."""
    for key, value in component.parameters.items():
        if (component.name, key, value) == ("exponential", "gamma", 0):
            fault(f"{where}.{key} is above 0; got {value!r}")
        for rule in _settings_rules(key, value):
            fault(f"{where}.{key} is {rule}; got {value!r}")


def _settings_rules(key: str, value: object) -> Iterator[str]:
    if key in _SWITCHES:
        if not isinstance(value, bool):
            yield WORDS["bool"]
    elif key in _LISTS:
        if not isinstance(value, list) or not all(_is("float", item) for item in value):
            yield "a list of numbers"
    elif key in _LENGTHS:
        if not _is("int", value) or not isinstance(value, int) or value < 1:
            yield "a whole number of at least 1"
    elif not _is("float", value) or not isinstance(value, int | float):
        yield WORDS["float"]
    elif key in _ABOVE_ZERO and not value > 0:
        yield "above 0"
    elif not value >= 0:
        yield "not negative"
