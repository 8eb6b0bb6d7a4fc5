"""Labels as a data set that counterpoise reads: class folders, and CSV files with groups.

``training.csv`` names the frames that are trained on, each in the group of its camera; those of
the random tenth are in ``judged.csv``, and in no training.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from counterpoise.service.database.labels import Settled
from counterpoise.service.exchange.spreadsheet import defused
from counterpoise.service.pictures.store import PictureStore

TRAINING, JUDGED = "training", "judged"
COLUMNS = ("path", "label", "group", "frame", "camera", "time", "predicted")
_UNSAFE = re.compile(r"[^\w .,+()-]", re.ASCII)
README = """Frames that people labelled, as counterpoise serve exported them.

    counterpoise compare training.csv

training/ and training.csv: frames to train on. Each camera is a group, so that validation and test
are of cameras that were never trained on.
judged/ and judged.csv: frames drawn uniformly at random, on which models are judged. Train on none
of them.
"""


@dataclass
class Written:
    """What came of an export: rows, and frames that are left out with their reasons."""

    frames: list[Settled] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def folder_name(label: str, taken: dict[str, str]) -> str:
    """A folder for a class whose name may hold anything; each class has its own.

    >>> taken = {}
    >>> folder_name("cat/dog", taken), folder_name("cat:dog", taken), folder_name("..", taken)
    ('cat_dog', 'cat_dog-2', '_')
    """
    if label in taken:
        return taken[label]
    plain = _UNSAFE.sub("_", label).strip(". ")[:80] or "_"
    name, number = plain, 1
    while name.lower() in {other.lower() for other in taken.values()}:
        number += 1
        name = f"{plain}-{number}"
    taken[label] = name
    return name


def files(
    frames: Sequence[Settled],
    pictures: PictureStore,
    written: Written,
    quoted: Callable[[str], str] = defused,
) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file of the data set, the pictures first.

    Args:
        frames: whose class is settled.
        pictures: the store.
        written: hears what came of each frame.
        quoted: makes text harmless for spreadsheet programs; classes of a data set that is trained
            on at once stay as they are.
    """
    taken: dict[str, str] = {}
    rows: dict[str, list[tuple[str, ...]]] = {TRAINING: [], JUDGED: []}
    for frame in frames:
        content = pictures.get(frame.picture) if frame.picture else None
        if content is None:
            written.left_out.append((frame.result, "its picture is not kept any more"))
            continue
        part = JUDGED if frame.is_random else TRAINING
        suffix = frame.picture.rpartition(".")[2]
        name = f"camera-{frame.camera}-frame-{frame.result}.{suffix}"
        path = f"{part}/{folder_name(frame.label, taken)}/{name}"
        rows[part].append(
            (
                path, frame.label, f"camera-{frame.camera}", str(frame.result),
                str(frame.camera), datetime.fromtimestamp(frame.at / 1e6, UTC).isoformat(),
                frame.predicted,
            )
        )  # fmt: skip
        written.frames.append(frame)
        yield path, content
    for part, found in rows.items():
        yield f"{part}.csv", table(found, quoted)
    yield "README.txt", README.encode()


def table(rows: Sequence[tuple[str, ...]], quoted: Callable[[str], str] = defused) -> bytes:
    """A CSV file in which no spreadsheet program finds a formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([quoted(cell) for cell in row] for row in rows)
    return stream.getvalue().encode()
