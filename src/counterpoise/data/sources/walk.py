"""Which files of a folder are images, and a count of everything that is left out."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from counterpoise.data.decode import is_image
from counterpoise.errors import DataError

OUTPUT = "counterpoise-out"  # the folder that `compare` makes unless it is told another one
_MARKERS = ("claim.json", "experiment.json")  # files of every output folder of a comparison
_ARCHIVE = "__MACOSX"  # what macOS adds to a .zip: an image of each hidden file
_MOST = 5


@dataclass
class LeftOut:
    """Counts what is no part of a data set, kind by kind.

    Args:
        counts: kind, in the plural -> how many.
        suffixes: of files that are no images -> how many.
        examples: kind -> the first few, relative to the data set's folder.
    """

    counts: Counter[str] = field(default_factory=Counter)
    suffixes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, example: str = "", number: int = 1) -> None:
        """Count `number` more of a kind; the first examples are kept."""
        self.counts[kind] += number
        shown = self.examples.setdefault(kind, [])
        if example and example not in shown and len(shown) <= _MOST:
            shown.append(example)

    def __str__(self) -> str:
        return ", ".join(self._said(kind, number) for kind, number in self.counts.items())

    def _said(self, kind: str, number: int) -> str:
        detail = self.examples[kind]
        if kind == OTHER:
            detail = [f"{suffix} {times}" for suffix, times in self.suffixes.most_common()]
        more = ", ..." if len(detail) > _MOST else ""
        inside = f" ({', '.join(detail[:_MOST])}{more})" if detail else ""
        word = kind if number != 1 else _SINGULAR[kind]
        return f"{number} {word}{inside}"


HIDDEN_FILES = "hidden files"
HIDDEN_FOLDERS = "hidden folders"
LINKS = "links to folders"
SPECIAL = "named pipes, sockets or devices"
OTHER = "files that are no images"
OUTPUTS = "output folders of counterpoise"
LOOSE = "images in no class folder"
STRANGERS = "images beside train and test"
_SINGULAR = {
    HIDDEN_FILES: "hidden file",
    HIDDEN_FOLDERS: "hidden folder",
    LINKS: "link to a folder",
    SPECIAL: "named pipe, socket or device",
    OTHER: "file that is no image",
    OUTPUTS: "output folder of counterpoise",
    LOOSE: "image in no class folder",
    STRANGERS: "image beside train and test",
}


class Walk:
    """Lists folders and images below `root`, and counts the rest in `left_out`.

    Folders are named by their path relative to `root`; "" is `root` itself.

    Args:
        root: the data set's folder.
        ignore: a folder below it that is no part of the data, such as the one for results.
    """

    def __init__(self, root: Path, ignore: Path | None = None) -> None:
        self.root, self.ignore, self.left_out = root, ignore, LeftOut()
        self._real = os.path.realpath(root)
        self._ignored = None if ignore is None else os.path.realpath(ignore)

    def folders(self, place: str = "") -> list[str]:
        """Names of the folders in `place`, sorted; files beside them are left out, and counted.

        A link to a folder outside the data set counts as a folder, one to a folder inside does
        not: its images would be there twice.
        """
        found: list[str] = []
        for entry in self._entries(place):
            name = _joined(place, entry.name)
            if not entry.is_dir():
                if self._is_image(entry, name):
                    self.left_out.add(LOOSE, f"{place}/" if place else "")
            elif self._holds_data(entry, name):
                if entry.is_symlink() and _within(os.path.realpath(entry.path), self._real):
                    self.left_out.add(LINKS, name)
                else:
                    found.append(entry.name)
        return found

    def images(self, folder: str) -> list[str]:
        """Paths of all images below `folder`, relative to `root`, sorted."""
        found: list[str] = []
        places = [folder]
        while places:
            place = places.pop()
            for entry in self._entries(place):
                name = _joined(place, entry.name)
                if not entry.is_dir():
                    if self._is_image(entry, name):
                        found.append(name)
                elif entry.is_symlink():
                    self.left_out.add(LINKS, name)
                elif self._holds_data(entry, name):
                    places.append(name)
        return sorted(found)

    def _entries(self, place: str) -> list[os.DirEntry[str]]:
        folder = self.root / place
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            raise DataError(f"cannot read the folder '{folder}': {error.strerror}") from error

    def _holds_data(self, entry: os.DirEntry[str], name: str) -> bool:
        """Whether a folder may hold data; one that may not is counted."""
        if entry.name.startswith(".") or entry.name == _ARCHIVE:
            self.left_out.add(HIDDEN_FOLDERS, name)
        elif entry.name == OUTPUT or is_output(Path(entry.path)) or self._is_ignored(entry):
            self.left_out.add(OUTPUTS, name)
        else:
            return True
        return False

    def _is_ignored(self, entry: os.DirEntry[str]) -> bool:
        return self._ignored is not None and os.path.realpath(entry.path) == self._ignored

    def _is_image(self, entry: os.DirEntry[str], name: str) -> bool:
        """Whether a file counts as an image; one that does not is counted as left out."""
        if entry.name.startswith("."):
            self.left_out.add(HIDDEN_FILES)
        elif is_special(entry):
            self.left_out.add(SPECIAL, name)
        elif not is_image(entry.name):
            self.left_out.add(OTHER)
            self.left_out.suffixes[PurePath(entry.name).suffix.lower() or "no suffix"] += 1
        else:
            return True
        return False


def is_output(folder: Path) -> bool:
    """Whether a comparison wrote this folder; a file that only has the same name is not enough."""
    for name in _MARKERS:
        if not (folder / name).is_file():
            continue
        try:
            held = json.loads((folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(held, dict) and {"dataset", "profile"} <= set(held):
            return True
    return False


def is_special(file: os.DirEntry[str] | Path) -> bool:
    """A named pipe, a socket or a device: reading it would wait for ever, or never end."""
    try:
        return not file.is_file() and not file.is_dir() and bool(file.stat())
    except OSError:
        return False  # a link to nothing: whoever reads it says so


def _joined(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
