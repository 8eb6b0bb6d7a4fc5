"""ILSVRC-2012: 1000 classes of ImageNet in folders named after their WordNet numbers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from counterpoise.data.decode import is_image
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.size import Size
from counterpoise.data.sources.from_files import from_files
from counterpoise.errors import DataError

CLASSES, TRAIN, TEST = 1000, 1_281_167, 50
_SYNSET = re.compile(r"n\d{8}")
_MOST = 3


def load_ilsvrc2012(
    root: Path,
    name: str = "ilsvrc2012",
    size: Size | None = None,
    channels: int | None = None,
    *,
    expected: tuple[int, int, int] = (CLASSES, TRAIN, TEST),
) -> LabelledSet:
    """Read ``train/n01440764/*.JPEG`` and ``val/n01440764/*.JPEG``.

    The labels of the official test images are secret, so its validation images are what results
    are reported on: they are the test part. (Russakovsky et al. 2015)

    Args:
        root: the folder.
        name: of the set.
        size: as `load` has it.
        channels: as `load` has it.
        expected: classes, training images in all, and test images of each class.

    Raises:
        DataError: classes or images are missing, there are more of them, or validation images lie
            in no class folder.
    """
    num_classes, num_train, num_test = expected
    train, test = _found(root / "train", name), _found(root / "val", name)
    faults: list[str] = []
    if len(train) != num_classes:
        faults.append(f"train/ has {len(train)} class folders, not {num_classes}")
    strangers = sorted(set(train) ^ set(test))
    if strangers:
        faults.append(
            f"{len(strangers)} classes are in one of train/ and val/ alone "
            f"({', '.join(strangers[:_MOST])})"
        )
    total = sum(map(len, train.values()))
    if total != num_train:
        faults.append(f"train/ has {total:,} images, not {num_train:,}")
    other = [label for label, files in test.items() if len(files) != num_test]
    if other:
        faults.append(
            f"{len(other)} classes have other than {num_test} images in val/ ({other[0]}: "
            f"{len(test[other[0]])})"
        )
    if faults:
        raise DataError(
            f"{name} ('{root}') is not the set as published: {'; '.join(faults)}; unpack it again, "
            "or give the path of the folder to use a part of it"
        )
    classes = tuple(sorted(train))
    files: list[str] = []
    labels: list[int] = []
    part: list[int] = []
    for place, code, found in (("train", 0, train), ("val", 2, test)):
        for k, label in enumerate(classes):
            files += [f"{place}/{label}/{file}" for file in found[label]]
            labels += [k] * len(found[label])
            part += [code] * len(found[label])
    return from_files(
        name,
        root,
        files,
        labels,
        classes,
        part=np.array(part, dtype=np.int8),
        size=size,
        channels=channels or 3,
    )


def _found(place: Path, name: str) -> dict[str, list[str]]:
    """Names of the images in each class folder."""
    try:
        with os.scandir(place) as entries:
            top = sorted(entries, key=lambda entry: entry.name)
        loose = sum(is_image(entry.name) for entry in top if not entry.is_dir())
        folders = [entry for entry in top if entry.is_dir() and _SYNSET.fullmatch(entry.name)]
        if loose and not folders:
            raise DataError(
                f"{name}: {loose} images of '{place}' lie in no class folder; move each into the "
                "folder of its class, as torchvision.datasets.ImageNet does with the archives and "
                "the development kit"
            )
        return {folder.name: sorted(filter(is_image, os.listdir(folder))) for folder in folders}
    except OSError as error:
        raise DataError(
            f"{name}: cannot read '{error.filename}': {error.strerror}; the layout is "
            "train/n01440764/*.JPEG and val/n01440764/*.JPEG"
        ) from error
