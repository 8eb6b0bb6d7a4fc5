"""A folder of class folders, with or without train, validation and test above them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import numpy as np

from counterpoise.data.decode import default_form
from counterpoise.data.image_files import FileInputs
from counterpoise.data.label_codes import encode_names
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.data.size import Size, sides
from counterpoise.data.sources.layout import parts
from counterpoise.data.sources.walk import LOOSE, OUTPUTS, Walk, is_output
from counterpoise.errors import DataError
from counterpoise.printable import printable


def load_folder(
    root: Path,
    size: Size | None = None,
    channels: int | None = None,
    ignore: Path | None = None,
) -> LabelledSet:
    """Read ``root/CLASS/**/*.jpg`` or ``root/{train,val,test}/CLASS/**/*.jpg``.

    `layout.parts` tells the two apart. Everything that is no image of a class is left out and
    counted in the set's notes; no image is decoded.

    Args:
        root: the folder.
        size: as `load` has it.
        channels: as `load` has it.
        ignore: a folder below `root` that is no part of the data, such as the one for results.

    Raises:
        DataError: no image, no class folder, an empty class folder, or parts that are not clear.
    """
    if is_output(root):
        raise DataError(
            f"'{root}' is what a comparison wrote, and no data (counterpoise report shows it)"
        )
    walk = Walk(root, ignore)
    found, empty = _found(walk)
    left_out = f"; left out: {walk.left_out}" if walk.left_out.counts else ""
    if not found:
        loose = walk.left_out.counts[LOOSE]
        if loose and not empty:
            raise DataError(
                f"'{root}' holds {loose} image{'s' if loose > 1 else ''} but no class folder; "
                "move each image into a folder named after its class"
            )
        what = "holds no image" if empty or left_out else "is empty"
        raise DataError(f"'{root}' {what}; expected one folder of images per class{left_out}")
    if empty:
        raise DataError(
            f"'{root}': no image in class folder {', '.join(empty)}; fill or delete it{left_out}"
        )
    labels = [printable(label) for _, label, _ in found]
    codes, classes, notes = encode_names(labels, f"'{root}'")
    foreign = {printable(label) for _, label, _ in found if label != printable(label)}
    if foreign:
        notes = (*notes, f"not UTF-8, so shown with \\x: class {', '.join(sorted(foreign))}")
    raw = [name for name, _, _ in found]
    paths = tuple(root / name for name in raw)
    side, depth = default_form(paths) if size is None or channels is None else (size, channels)
    height, width = sides(size or side)
    depth = channels or depth
    if walk.left_out.counts:
        notes = (*notes, f"left out: {walk.left_out}")
    return labelled_set(
        printable(root.resolve().name),
        "image",
        FileInputs(paths, tuple(printable(name) for name in raw), (height, width), depth),
        codes,
        classes,
        part=np.array([part for _, _, part in found], dtype=np.int8),
        input_shape=(depth, height, width),
        notes=notes,
    )


def _found(walk: Walk) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Path, class and part of every image, and the class folders without any."""
    top = walk.folders()
    sources = {"": (-1, top)}
    for source, part in parts(walk, top).items():
        sources.pop("", None)
        steps = [PurePosixPath(source), *PurePosixPath(source).parents][:-1]
        inside = [walk.folders(step.as_posix()) for step in steps]
        sources[source] = (part, inside[0])
    found: list[tuple[str, str, int]] = []
    empty: list[str] = []
    for source, (part, labels) in sources.items():
        for label in labels:
            folder = f"{source}/{label}" if source else label
            outputs = walk.left_out.counts[OUTPUTS]
            images = walk.images(folder)
            if not images and walk.left_out.counts[OUTPUTS] == outputs:
                empty.append(folder)
            found += [(image, label, part) for image in images]
    return found, empty
