"""A file of a paper from its text; what it breaks is said with file and line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from counterpoise.errors import RecipeError
from counterpoise.reproduce.paper import Entry, FaultError, Paper, Part, Where

T = TypeVar("T", bound=Part)


class PaperError(RecipeError):
    """A file of a paper breaks a rule; each fault with file and line."""


def parse_paper(path: Path, text: str) -> Paper:
    """Read paper.toml.

    Raises:
        PaperError: what it breaks, with file and line.
    """
    return _parsed(Paper, path, text)


def parse_entry(path: Path, text: str) -> Entry:
    """Read the file of one table or figure; raises as `parse_paper`."""
    return _parsed(Entry, path, text)


def _parsed(kind: type[T], path: Path, text: str) -> T:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PaperError([f"{path}: {error}"]) from None
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            where = tuple(part for part in fault["loc"] if part != "[key]")
            broken = fault.get("ctx", {}).get("error")
            where = broken.where if isinstance(broken, FaultError) else where
            said = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "extra_forbidden":
                said = f"there is no key '{where[-1]}'"
            line = line_of(text, where)
            faults.append(f"{path}:{line}: {f'{_spelled(where)}: ' if where else ''}{said}")
        raise PaperError(faults) from None


def _spelled(where: Where) -> str:
    """A key as a person names it: ``claims 2, at``, ``grid.rho``."""
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f" {part + 1}"
        else:
            text += f"{', ' if text[-1:].isdigit() else '.' if text else ''}{part}"
    return text


def line_of(text: str, where: Where) -> int:
    """The line of a key, counted from 1: of the innermost part that stands in `text`.

    >>> line_of("a = 1\\n[[claims]]\\nsays = 2\\n[[claims]]\\nsays = 3", ("claims", 1, "says"))
    5
    """
    lines, found = text.splitlines(), 0
    end = len(lines)  # of the table that was found last
    for part in where:
        if isinstance(part, int):
            same = [i for i, line in enumerate(lines) if line.strip() == lines[found].strip()]
            if lines[found].lstrip().startswith("[[") and part < len(same):
                found = same[part]
                heads = (i for i in range(found + 1, end) if lines[i].startswith("["))
                end = next(heads, end)
            continue
        mark = re.compile(rf'\s*(\[+([\w-]+\.)*)?"?{re.escape(part)}"?((\.[\w-]+)*\]+)?\s*(=|$)')
        match = next((i for i in range(found, end) if mark.match(lines[i])), None)
        found = found if match is None else match
    return found + 1
