"""Files that are either whole or absent: written aside, fsynced, then renamed."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from counterpoise.errors import OutputError

ASIDE = ".aside"  # ends the name of a file that is still being written


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of `path` only when the block ends without error.

    A reader, or a process killed at any moment, sees the old file or the new one, never a part.

    Raises:
        OutputError: the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{secrets.token_hex(8)}.{path.name}{ASIDE}")
        # not mkstemp: its files are nobody else's to read, whatever the umask says
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, path)
    except BaseException as error:
        aside.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise unwritable(path, error) from error
        raise


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left beside their files. Nobody else may be writing."""
    for path in folder.rglob(f"*{ASIDE}"):
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    with replacing(path) as stream:
        stream.write(text.encode())


def write_json(path: Path, value: object) -> None:
    """Write strict JSON (no NaN), whole or not at all."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def unwritable(path: Path, error: OSError) -> OutputError:
    """The user's error for a failed write: what, why, and what to do."""
    reason = error.strerror or str(error)
    return OutputError(f"cannot write {path}: {reason} (free some space or choose another --out)")
