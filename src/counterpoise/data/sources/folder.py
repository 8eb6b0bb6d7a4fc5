"""A folder of class folders, with or without train/val/test above them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from counterpoise.data.decode import default_form, is_image
from counterpoise.data.image_files import FileInputs
from counterpoise.data.label_codes import PARTS, encode_names
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.data.size import Size, sides
from counterpoise.errors import DataError


def load_folder(root: Path, size: Size | None = None, channels: int | None = None) -> LabelledSet:
    """Read ``root/CLASS/**/*.jpg`` or ``root/{train,val,test}/CLASS/**/*.jpg``.

    The second layout is taken when every folder in `root` has a split's name and one is
    ``train``. Hidden files and files without an image suffix are ignored; no image is decoded.

    Raises:
        DataError: no image, no class folder, an empty class folder, or no ``train``.
    """
    top = _folders(root)
    if not top:
        loose = sum(is_image(entry.name) for entry in os.scandir(root))
        if loose:
            raise DataError(
                f"'{root}' holds {loose} image{'s' if loose > 1 else ''} but no class folder; "
                "move each image into a folder named after its class"
            )
        raise DataError(f"'{root}' is empty; expected one folder of images per class")
    parts = {name: PARTS.get(name.lower()) for name in top}
    if None in parts.values():
        sources = {root: -1}
    elif 0 not in parts.values():
        raise DataError(f"'{root}' has {', '.join(f'{n}/' for n in top)} but no train/")
    else:
        sources = {root / name: code for name, code in parts.items() if code is not None}

    names: list[str] = []
    labels: list[str] = []
    part: list[int] = []
    empty: list[str] = []
    for source, code in sources.items():
        for label in _folders(source):
            found = _images(source / label, root)
            if not found:
                empty.append((source / label).relative_to(root).as_posix())
            names += found
            labels += [label] * len(found)
            part += [code] * len(found)
    if not names:
        raise DataError(f"'{root}' holds no image; expected one folder of images per class")
    if empty:
        raise DataError(f"'{root}': no image in class folder {', '.join(empty)}; fill or delete it")
    codes, classes = encode_names(labels, f"'{root}'")
    paths = tuple(root / name for name in names)
    side, depth = default_form(paths) if size is None or channels is None else (size, channels)
    height, width = sides(size or side)
    depth = channels or depth
    return labelled_set(
        root.resolve().name,
        "image",
        FileInputs(paths, tuple(names), (height, width), depth),
        codes,
        classes,
        part=np.array(part, dtype=np.int8),
        input_shape=(depth, height, width),
    )


def _folders(root: Path) -> list[str]:
    with os.scandir(root) as entries:
        return sorted(e.name for e in entries if e.is_dir() and not e.name.startswith("."))


def _images(folder: Path, root: Path) -> list[str]:
    """Paths of all images below `folder`, relative to `root`, sorted."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(place, name).relative_to(root).as_posix() for name in files if is_image(name)
        ]
    return sorted(found)
