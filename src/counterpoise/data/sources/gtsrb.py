"""The German traffic signs whole: 43 classes, cropped to the sign, training frames by track."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from counterpoise.data.decode import THREADS, resize
from counterpoise.data.size import Size, sides
from counterpoise.data.sources.published import require_counts
from counterpoise.errors import DataError

TRAIN, TEST = "Final_Training/Images", "Final_Test/Images"
ANNOTATIONS = "GT-final_test.csv"
SIDE = 48  # to which signs are stretched unless a size is given
CLASSES = (
    "20 km/h", "30 km/h", "50 km/h", "60 km/h", "70 km/h", "80 km/h", "end of 80 km/h",
    "100 km/h", "120 km/h", "no overtaking", "no overtaking by trucks", "priority at crossing",
    "priority road", "give way", "stop", "no vehicles", "no trucks", "no entry", "danger",
    "bend to the left", "bend to the right", "double bend", "bumpy road", "slippery road",
    "road narrows on the right", "road works", "traffic lights", "pedestrians", "children",
    "bicycles", "ice or snow", "wild animals", "end of all limits", "turn right", "turn left",
    "straight on", "straight on or right", "straight on or left", "keep right", "keep left",
    "roundabout", "end of no overtaking", "end of no overtaking by trucks",
)  # fmt: skip
TRAIN_COUNTS = (
    210, 2220, 2250, 1410, 1980, 1860, 420, 1440, 1410, 1470, 2010, 1320, 2100, 2160, 780, 630,
    420, 1110, 1200, 210, 360, 330, 390, 510, 270, 1500, 600, 240, 540, 270, 450, 780, 240, 689,
    420, 1200, 390, 210, 2070, 300, 360, 240, 240,
)  # fmt: skip
TEST_COUNTS = (
    60, 720, 750, 450, 660, 630, 150, 450, 450, 480, 660, 420, 690, 720, 270, 210, 150, 360, 390,
    60, 90, 90, 120, 150, 90, 480, 180, 60, 150, 90, 150, 270, 60, 210, 120, 390, 120, 60, 690, 90,
    90, 60, 90,
)  # fmt: skip
_COLUMNS = ("Filename", "Roi.X1", "Roi.Y1", "Roi.X2", "Roi.Y2", "ClassId")
_NAME = re.compile(r"(\d{5})_\d{5}\.ppm")  # a track and a frame of it


class _Sign(NamedTuple):
    """One frame: its file, the box of the sign in it, its class."""

    path: Path
    box: tuple[int, int, int, int]
    label: int


def read_gtsrb(
    root: Path,
    size: Size | None = None,
    *,
    counts: tuple[Sequence[int], Sequence[int]] = (TRAIN_COUNTS, TEST_COUNTS),
) -> dict[str, NDArray[np.generic]]:
    """``x_train, y_train, group_train, x_test, y_test, classes``; images uint8 (N, H, W, 3).

    Each sign is cut out at the box of its annotation and stretched. Frames of one track are
    near-copies, and a group. (Stallkamp et al. 2012)

    Args:
        root: with ``Final_Training/Images/00000/`` (images and GT-00000.csv),
            ``Final_Test/Images/`` and GT-final_test.csv there or above.
        size: as `load` has it; 48 without.
        counts: training and test images of each class, those of the published set unless given.

    Raises:
        DataError: files, lines or images are missing or damaged, or there are more of them.
    """
    train: list[_Sign] = []
    for k in range(len(counts[0])):
        train += _signs(root / TRAIN / f"{k:05}" / f"GT-{k:05}.csv")
    places = (root / TEST / ANNOTATIONS, root / "Final_Test" / ANNOTATIONS, root / ANNOTATIONS,
              root.parent / ANNOTATIONS)  # fmt: skip
    table = next((place for place in places if place.is_file()), places[0])
    test = _signs(table, root / TEST)
    for what, signs, wanted in (("training", train, counts[0]), ("test", test, counts[1])):
        expected = {f"{k} ({CLASSES[k]})": number for k, number in enumerate(wanted)}
        require_counts(f"gtsrb ('{root}'), {what} part", Counter(map(_named, signs)), expected)
    form = sides(size or SIDE)
    tracks = []
    for sign in train:
        match = _NAME.fullmatch(sign.path.name)
        if match is None:
            raise DataError(
                f"'{sign.path}': a training image is called TRACK_FRAME.ppm, five digits each; "
                "unpack the archive again"
            )
        tracks.append(f"{sign.label:05}/{match[1]}")
    return {
        "x_train": _images(train, form),
        "y_train": np.array([sign.label for sign in train], dtype=np.int64),
        "group_train": np.array(tracks),
        "x_test": _images(test, form),
        "y_test": np.array([sign.label for sign in test], dtype=np.int64),
        "classes": np.array(CLASSES[: len(counts[0])]),
    }


def _named(sign: _Sign) -> str:
    known = sign.label < len(CLASSES)
    return f"{sign.label} ({CLASSES[sign.label]})" if known else str(sign.label)


def _signs(table: Path, images: Path | None = None) -> list[_Sign]:
    """What the annotations list; the images lie beside them unless a folder is given."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, delimiter=";")
            absent = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if absent:
                raise DataError(
                    f"'{table}' has no column {', '.join(absent)} (fields are separated by "
                    f'";"{_unlabelled(absent)})'
                )
            rows = [(reader.line_num, row) for row in reader]
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"gtsrb: cannot read '{table}': {said}; unpack GTSRB_Final_Training_Images.zip, "
            "GTSRB_Final_Test_Images.zip and GTSRB_Final_Test_GT.zip"
        ) from error
    found: list[_Sign] = []
    for line, row in rows:
        try:
            numbers = [int(row[name]) for name in _COLUMNS[1:]]
        except (TypeError, ValueError) as error:
            raise DataError(
                f"'{table}' line {line}: the box and the class are whole numbers; got "
                f"{';'.join(str(row[name]) for name in _COLUMNS)} (cut? unpack it again)"
            ) from error
        left, top, right, bottom, label = numbers
        path = (images or table.parent) / row["Filename"]
        found.append(_Sign(path, (left, top, right, bottom), label))
    return found


def _unlabelled(absent: Sequence[str]) -> str:
    return "; classes of test images are in GTSRB_Final_Test_GT.zip" if "ClassId" in absent else ""


def _images(signs: Sequence[_Sign], form: tuple[int, int]) -> NDArray[np.uint8]:
    """The signs (N, H, W, 3)."""
    out = np.empty((len(signs), *form, 3), dtype=np.uint8)

    def fill(place: int) -> str:
        path, box, _ = signs[place]
        try:
            with Image.open(path) as image:
                inside = (
                    0 <= box[0] < box[2] <= image.width and 0 <= box[1] < box[3] <= image.height
                )
                if not inside:
                    return (
                        f"'{path}': the box {box} is not in {image.width} x {image.height} pixels"
                    )
                pixels = np.asarray(image.convert("RGB").crop(box), dtype=np.uint8)
        except FileNotFoundError:
            return f"no such file: '{path}'"
        except (OSError, ValueError) as error:
            return f"cannot read image '{path}': {error}"
        out[place] = resize(pixels.transpose(2, 0, 1), form).transpose(1, 2, 0)
        return ""

    faults = [fault for fault in _each(fill, len(signs)) if fault]
    if faults:
        more = f" ({len(faults)} such images in all)" if len(faults) > 1 else ""
        raise DataError(f"gtsrb: {faults[0]}{more}; unpack the archives again")
    return out


def _each(action: Callable[[int], str], number: int) -> list[str]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(action, range(number)))
