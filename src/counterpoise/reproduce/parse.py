"""A file of a paper from its text; what it breaks is said with file and line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from counterpoise.errors import RecipeError
from counterpoise.reproduce.paper import Entry, Paper, Part

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
            said = fault["msg"].removeprefix("Value error, ")
            if fault["type"] == "extra_forbidden":
                said = f"there is no key '{where[-1]}'"
            line = line_of(text, where or _named(said))
            name = ".".join(str(part) for part in where)
            faults.append(f"{path}:{line}: {name + ': ' if name else ''}{said}")
        raise PaperError(faults) from None


def _named(said: str) -> tuple[str | int, ...]:
    """Where a fault of several keys stands: "claim 2: ..." is the second of the claims."""
    match = re.match(r"(printed|claim) (\d+):", said)
    if match is None:
        return ()
    return {"claim": "claims"}.get(match[1], match[1]), int(match[2]) - 1


def line_of(text: str, where: tuple[str | int, ...]) -> int:
    """The line of a key, counted from 1: of the innermost part that stands in `text`.

    >>> line_of("a = 1\\n[[claims]]\\nsays = 2\\n[[claims]]\\nsays = 3", ("claims", 1, "says"))
    5
    """
    lines, found = text.splitlines(), 0
    for part in where:
        if isinstance(part, int):
            heads = [i for i, line in enumerate(lines) if line.startswith("[[") and i >= found]
            found = heads[part] if part < len(heads) else found
            continue
        mark = re.compile(rf'\s*(\[+)?"?{re.escape(part)}"?(\]+)?\s*(=|$)')
        match = next((i for i, line in enumerate(lines[found:], found) if mark.match(line)), None)
        found = found if match is None else match
    return found + 1
