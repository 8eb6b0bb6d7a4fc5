"""Errors on data that Python gave, without the file that they were written into."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from counterpoise.data.tables.given import FOLDER
from counterpoise.errors import ArgumentError, DataError

FILE = re.compile(rf"'{re.escape(str(FOLDER))}[^']*-[0-9a-f]{{12}}\.(?:csv|npz)'(, )?")
NAME = re.compile(r"\b(?:arrays|frame)-[0-9a-f]{12}\b")
DATA = "the data"


@contextmanager
def as_given(data: object) -> Iterator[None]:
    """Errors of what is done within, as whoever gave `data` reads them; a path stays a path."""
    try:
        yield
    except (ArgumentError, DataError) as error:
        if not isinstance(data, str) and not hasattr(data, "__fspath__"):
            error.args = tuple(
                without_file(part) if isinstance(part, str) else part for part in error.args
            )
        raise


def without_file(text: str) -> str:
    """A sentence with the argument in place of the file.

    >>> without_file("'counterpoise-out/given/arrays-0123456789ab.npz', y: labels are integers")
    'y: labels are integers'
    >>> without_file("arrays-0123456789ab: at least two classes are needed")
    'the data: at least two classes are needed'
    """
    return NAME.sub(DATA, FILE.sub(lambda found: "" if found[1] else DATA, text))
