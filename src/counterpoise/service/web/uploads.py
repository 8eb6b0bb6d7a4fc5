"""A file that a person sent and has not confirmed yet, kept by the server until then."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from counterpoise.atomic import replacing
from counterpoise.service.system import UPLOADS


def keep(folder: Path, person: int, content: bytes) -> str:
    """Keep a person's file, in place of the one before; the digest by which it is confirmed.

    Raises:
        OutputError: the disk is full.
    """
    with replacing(_path(folder, person)) as stream:
        stream.write(content)
    return hashlib.sha256(content).hexdigest()


def take(folder: Path, person: int, digest: str) -> bytes | None:
    """The file of this digest that this person sent last, which is then forgotten."""
    path = _path(folder, person)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if not secrets.compare_digest(hashlib.sha256(content).hexdigest().encode(), digest.encode()):
        return None
    path.unlink(missing_ok=True)
    return content


def _path(folder: Path, person: int) -> Path:
    return folder / UPLOADS / str(person)
