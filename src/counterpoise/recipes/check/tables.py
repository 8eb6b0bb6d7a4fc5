"""Tables of a recipe that are models: every fault of one in words, and what of it is sound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from pydantic import ValidationError

from counterpoise.errors import near
from counterpoise.recipes.check.pieces import Fault
from counterpoise.recipes.check.values import WORDS

T = TypeVar("T")
_TYPES = {"int_type": "int", "float_type": "float", "bool_type": "bool", "string_type": "str"}
_FEW = 2  # words that are all named


def table_from(model: type[T], name: str, value: object, fault: Fault) -> T:
    """The table of that name, with the defaults for what is wrong in it.

    Args:
        model: a pydantic dataclass whose fields have defaults.
        name: of the table.
        value: what the recipe has in its place.
        fault: is told each fault.
    """
    known = [field.name for field in fields(model)]  # type: ignore[arg-type]
    if not isinstance(value, dict):
        fault(f"[{name}] is a table with {', '.join(known)}; got {value!r}")
        return model()
    try:
        return model(**value)
    except ValidationError as error:
        wrong: dict[str, list[Any]] = {}
        for one in error.errors(include_url=False):
            wrong.setdefault(str(one["loc"][0]), []).append(one)
    for key, errors in wrong.items():
        if key not in known:
            fault(f"unknown key '{name}.{key}'{near(key, known)}")
        else:
            fault(_said(f"{name}.{key}", value[key], errors))
    return model(**{k: v for k, v in value.items() if k not in wrong})


def _said(where: str, value: object, errors: Sequence[Any]) -> str:
    (first, *_), kinds = errors, {error["type"] for error in errors}
    if kinds == {"literal_error"} and isinstance(value, str):
        allowed = re.findall(r"'([^']*)'", first["ctx"]["expected"])
        if len(allowed) > _FEW:
            return f"unknown {where} '{value}'{near(value, allowed)}"
    return f"{where} is {' or '.join(_rules(kinds, first))}; got {value!r}"


def _rules(kinds: set[str], first: Any) -> Iterator[str]:
    """The rule that was broken, in words."""
    limits = first.get("ctx", {})
    if "literal_error" in kinds:
        yield limits["expected"]
    elif "greater_than_equal" in kinds:
        yield f"at least {limits['ge']}" if limits["ge"] else "not negative"
    elif "greater_than" in kinds:
        yield f"above {limits['gt']:g}"
    elif "less_than" in kinds:
        yield f"below {limits['lt']:g}"
    elif "float_type" in kinds or "finite_number" in kinds:
        yield WORDS["float"]
    elif kinds <= {"dict_type"}:
        yield "a table"
    else:
        yield from (WORDS[_TYPES[kind]] for kind in sorted(kinds & _TYPES.keys()))
