"""What a retraining trains on besides labels: the pictures of an earlier training."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from counterpoise.errors import ArgumentError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
TRAIN = ("", "train")  # parts of a CSV file that are trained on


@dataclass(frozen=True)
class Sample:
    """A picture, its class, and the group that it is in; "" for one of its own."""

    path: Path
    label: str
    group: str


def samples(source: Path) -> Iterator[Sample]:
    """Pictures of a folder of class folders, or of a CSV file with path, label and group.

    Where there are parts, only the one that is trained on is read.

    Raises:
        ArgumentError: there is no such thing, or it holds no picture.
    """
    number = 0
    for sample in _of_csv(source) if source.is_file() else _of_folder(source):
        number += 1
        yield sample
    if not number:
        raise ArgumentError(
            f"{source} holds no pictures in class folders, and is no CSV file with path and label "
            "(the setting retrain_with)"
        )


def _of_folder(source: Path) -> Iterator[Sample]:
    root = source / "train" if (source / "train").is_dir() else source
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if not folder.is_dir() or folder.name.startswith("."):
            continue
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield Sample(path.resolve(), folder.name, "")


def _of_csv(source: Path) -> Iterator[Sample]:
    with source.open(newline="", encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            if row.get("path") and row.get("label") and (row.get("split") or "").strip() in TRAIN:
                path = (source.parent / row["path"].strip()).resolve()
                yield Sample(path, row["label"].strip(), (row.get("group") or "").strip())
