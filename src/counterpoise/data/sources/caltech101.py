"""Caltech-101: photographs of 101 things, 31 to 800 of each, and the eight classes of LE."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from counterpoise.data.decode import is_image
from counterpoise.data.label_codes import class_order
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.sources.from_files import from_files
from counterpoise.data.sources.published import require_counts
from counterpoise.errors import DataError

INSIDE = "101_ObjectCategories"  # of the archive
BACKGROUND = "BACKGROUND_Google"  # pictures of anything: no class
COUNTS = {
    "Faces": 435, "Faces_easy": 435, "Leopards": 200, "Motorbikes": 798, "accordion": 55,
    "airplanes": 800, "anchor": 42, "ant": 42, "barrel": 47, "bass": 54, "beaver": 46,
    "binocular": 33, "bonsai": 128, "brain": 98, "brontosaurus": 43, "buddha": 85,
    "butterfly": 91, "camera": 50, "cannon": 43, "car_side": 123, "ceiling_fan": 47,
    "cellphone": 59, "chair": 62, "chandelier": 107, "cougar_body": 47, "cougar_face": 69,
    "crab": 73, "crayfish": 70, "crocodile": 50, "crocodile_head": 51, "cup": 57,
    "dalmatian": 67, "dollar_bill": 52, "dolphin": 65, "dragonfly": 68, "electric_guitar": 75,
    "elephant": 64, "emu": 53, "euphonium": 64, "ewer": 85, "ferry": 67, "flamingo": 67,
    "flamingo_head": 45, "garfield": 34, "gerenuk": 34, "gramophone": 51, "grand_piano": 99,
    "hawksbill": 100, "headphone": 42, "hedgehog": 54, "helicopter": 88, "ibis": 80,
    "inline_skate": 31, "joshua_tree": 64, "kangaroo": 86, "ketch": 114, "lamp": 61,
    "laptop": 81, "llama": 78, "lobster": 41, "lotus": 66, "mandolin": 43, "mayfly": 40,
    "menorah": 87, "metronome": 32, "minaret": 76, "nautilus": 55, "octopus": 35, "okapi": 39,
    "pagoda": 47, "panda": 38, "pigeon": 45, "pizza": 53, "platypus": 34, "pyramid": 57,
    "revolver": 82, "rhino": 59, "rooster": 49, "saxophone": 40, "schooner": 63,
    "scissors": 39, "scorpion": 84, "sea_horse": 57, "snoopy": 35, "soccer_ball": 64,
    "stapler": 45, "starfish": 86, "stegosaurus": 59, "stop_sign": 64, "strawberry": 35,
    "sunflower": 85, "tick": 49, "trilobite": 86, "umbrella": 75, "watch": 239,
    "water_lilly": 37, "wheelchair": 59, "wild_cat": 34, "windsor_chair": 56, "wrench": 39,
    "yin_yang": 60,
}  # fmt: skip
# Huang, Song and Lu 2019, table 1, in its order: these less 100 are its training counts.
PART = (
    "chandelier", "Faces", "ketch", "Leopards", "airplanes", "Motorbikes", "watch", "bonsai",
)  # fmt: skip
PART_TEST = 100  # images of each class


def load_caltech101(
    root: Path,
    name: str = "caltech-101",
    size: Size | None = None,
    channels: int | None = None,
    *,
    counts: dict[str, int] | None = None,
) -> LabelledSet:
    """Read ``[101_ObjectCategories/]CLASS/image_0001.jpg`` of all 101 classes.

    The folder of background pictures is no class, and left out. There is no published split.

    Args:
        root: the folder.
        name: of the set.
        size: as `load` has it.
        channels: as `load` has it.
        counts: images of each class, those of the published set unless given.

    Raises:
        DataError: classes or images are missing, or there are more of them.
    """
    found = _checked(root, name, COUNTS if counts is None else counts)
    classes = class_order(list(found))
    rows = [(file, k) for k, label in enumerate(classes) for file in found[label]]
    return _made(name, root, rows, classes, None, size, channels)


def load_caltech_part(
    root: Path,
    name: str = "caltech-part",
    size: Size | None = None,
    channels: int | None = None,
    *,
    counts: dict[str, int] | None = None,
    num_test: int = PART_TEST,
    seed: int = 0,
) -> LabelledSet:
    """The eight classes of LE's "caltech PART": 100 images of each to test, the rest to train on.

    Classes are in the order of the paper's table, whose training counts (7, 335, 14, ..., 28)
    are what is left. Which images are for testing is not published; they are drawn, once.
    (Huang, Song and Lu 2019, table 1)

    Args:
        root: as `load_caltech101`; likewise `name`, `size`, `channels` and `counts`.
        num_test: images of each class that are for testing.
        seed: of that draw.
    """
    found = _checked(root, name, COUNTS if counts is None else counts)
    draw = np.random.default_rng(seed)
    rows: list[tuple[str, int]] = []
    part: list[int] = []
    for k, label in enumerate(PART):
        test = set(draw.permutation(len(found[label]))[:num_test].tolist())
        rows += [(file, k) for file in found[label]]
        part += [2 if i in test else 0 for i in range(len(found[label]))]
    return _made(name, root, rows, PART, np.array(part, dtype=np.int8), size, channels)


def _made(
    name: str,
    root: Path,
    rows: list[tuple[str, int]],
    classes: tuple[str, ...],
    part: np.ndarray[tuple[int], np.dtype[np.int8]] | None,
    size: Size | None,
    channels: int | None,
) -> LabelledSet:
    place = root / INSIDE if (root / INSIDE).is_dir() else root
    files, labels = zip(*rows, strict=True)
    return from_files(
        name, place, files, labels, classes, part=part, size=size, channels=channels or 3
    )


def _checked(root: Path, name: str, counts: dict[str, int]) -> dict[str, list[str]]:
    """Files of each class, relative to the folder of classes."""
    place = root / INSIDE if (root / INSIDE).is_dir() else root
    try:
        folders = sorted(entry for entry in place.iterdir() if entry.is_dir())
        found = {
            folder.name: sorted(f"{folder.name}/{p.name}" for p in folder.iterdir() if _is(p))
            for folder in folders
            if folder.name != BACKGROUND and not folder.name.startswith(".")
        }
    except OSError as error:
        raise DataError(f"cannot read '{error.filename}': {error.strerror}") from error
    require_counts(f"{name} ('{place}')", {k: len(v) for k, v in found.items()}, counts)
    return found


def _is(path: Path) -> bool:
    return is_image(path.name) and path.is_file()
