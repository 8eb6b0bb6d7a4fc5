"""Files and folders that are either whole or absent, and held by one process at a time."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from counterpoise.errors import OutputError
from counterpoise.printable import printable

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


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file against other processes; the kernel lets go of it when one is killed."""
    import fcntl  # which only comparisons need, and not every system has

    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left beside their files. Nobody else may be writing."""
    for path in folder.rglob(f"*{ASIDE}"):
        path.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all; what UTF-8 cannot hold is escaped (`printable`)."""
    with replacing(path) as stream:
        stream.write(printable(text).encode())


def write_json(path: Path, value: object) -> None:
    """Write strict JSON (no NaN), whole or not at all."""
    write_text(path, json.dumps(value, indent=1, allow_nan=False) + "\n")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Make a folder of these files and no others, whole or not at all.

    Returns:
        Whether it was made; False when it is there already with the same content.

    Raises:
        OutputError: it is there with other content, or cannot be written.
    """
    aside = folder.with_name(f"{secrets.token_hex(8)}.{folder.name}{ASIDE}")
    try:
        if not _same(folder, files):
            aside.mkdir(parents=True)
            for name, content in files.items():
                with replacing(aside / name) as stream:
                    stream.write(content)
            os.rename(aside, folder)  # onto nothing or an empty folder; fails for any other
            return True
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return False


def _same(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder holds these files; False when there is none or it is empty."""
    if folder.is_file():
        raise OutputError(f"{folder} is a file, not a folder (choose another --out)")
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if not there:
        return False
    other = [name for name in there if name not in files]
    other += [name for name in files if name not in there]
    other += [n for n in files if n not in other and (folder / n).read_bytes() != files[n]]
    if other:
        raise OutputError(
            f"{folder} is there with other content ({', '.join(sorted(other))}); remove it or "
            "choose another --out"
        )
    return True


def unwritable(path: Path, error: OSError) -> OutputError:
    """The user's error for a failed write: what, why, and what to do."""
    reason = error.strerror or str(error)
    return OutputError(f"cannot write {path}: {reason} (free some space or choose another --out)")
