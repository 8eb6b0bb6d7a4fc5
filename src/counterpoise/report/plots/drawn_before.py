"""Figures of an earlier report that are still right: each PNG says what it was drawn from.

Drawing takes seconds, and the same command, run again, has the same results.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

START = b"\x89PNG\r\n\x1a\n"
END = b"IEND"
KEYWORD = b"counterpoise\x00"
REPORT = Path(__file__).parents[1]


def key_of(content: str) -> str:
    """A digest of a report's JSON and of everything that draws figures of it."""
    made = hashlib.sha256(content.encode())
    made.update(importlib.metadata.version("matplotlib").encode())
    for path in sorted(REPORT.rglob("*")):
        if path.suffix in (".py", ".mplstyle"):
            made.update(path.read_bytes())
    return made.hexdigest()


def drawn_before(folder: Path, key: str) -> dict[str, bytes] | None:
    """All figures in a folder that were drawn from the results of this key, by name.

    Returns:
        None where one of them is missing or damaged, or the results were others.
    """
    for path in sorted(folder.glob("*.png")):
        found = _note(path, key)
        if found is not None:
            pngs = {name: _whole(folder / name, key) for name in found}
            whole = {name: png for name, png in pngs.items() if png is not None}
            return whole if len(whole) == len(pngs) else None
    return None


def marked(pngs: Mapping[str, bytes], key: str) -> dict[str, bytes]:
    """The same figures, each with a note of the key and of the names of all."""
    note = KEYWORD + json.dumps([key, list(pngs)]).encode("ascii")
    chunk = _chunk(b"tEXt", note)
    header = len(START) + 25  # the first chunk of a PNG has a fixed length
    return {name: png[:header] + chunk + png[header:] for name, png in pngs.items()}


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each chunk, up to the first that is damaged."""
    place = len(START)
    while png.startswith(START) and place + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, place)
        end = place + 12 + length
        kind, content = png[place + 4 : place + 8], png[place + 8 : end - 4]
        if png[place:end] != _chunk(kind, content):
            return
        yield kind, content
        place = end


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _note(path: Path, key: str) -> list[str] | None:
    """Names of the figures that were drawn with this one, if it has this key."""
    for kind, content in _chunks(_read(path)):
        if kind == b"tEXt" and content.startswith(KEYWORD):
            found, names = json.loads(content[len(KEYWORD) :])
            return list(names) if found == key else None
    return None


def _whole(path: Path, key: str) -> bytes | None:
    png = _read(path)
    complete = any(kind == END for kind, _ in _chunks(png))
    return png if complete and _note(path, key) is not None else None
