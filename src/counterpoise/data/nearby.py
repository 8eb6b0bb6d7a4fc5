"""What to say of data that are not there: the name that was meant, or where was looked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from counterpoise.errors import near

FILES = (".npz", ".csv", ".parquet")
MOST = 10_000  # entries of a folder that are compared with the name


def nearby(name: str, named: Iterable[str]) -> str:
    """Suffix of a message that suggests a named set or a file, or says where was looked.

    Args:
        name: what was given, neither a named set nor a path that exists.
        named: names of data sets.
    """
    path = Path(name).expanduser()
    beside: list[str] = []
    with suppress(OSError, ValueError):  # no such folder, none that may be read, no path at all
        beside = [str(path.parent / one.name) for one in islice(path.parent.iterdir(), MOST)]
    if difflib.get_close_matches(str(path), beside):
        return near(str(path), [*beside, *named])
    if path.suffix.lower() in FILES:
        return f" (looked for in '{path.parent.absolute()}')"
    return near(name, named)
