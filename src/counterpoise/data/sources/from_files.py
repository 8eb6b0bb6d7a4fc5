"""Image files of a known set, whose labels come from elsewhere than their folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.decode import default_form
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.data.size import Size, sides


def from_files(
    name: str,
    root: Path,
    files: Sequence[str],
    labels: Sequence[int],
    classes: Sequence[str],
    *,
    part: NDArray[np.int8] | None = None,
    groups: NDArray[np.int64] | None = None,
    size: Size | None = None,
    channels: int | None = None,
    notes: tuple[str, ...] = (),
) -> LabelledSet:
    """A set of the `files` below `root`, at the size and depth that `load` documents.

    Args:
        name: of the set.
        root: folder that the files are relative to.
        files: one for each sample.
        labels: likewise, an index into `classes`.
        classes: names.
        part: the parts that the source gives; without, it is free to be split.
        groups: of samples that stay together.
        size: as `load` has it.
        channels: as `load` has it.
        notes: on the set.
    """
    paths = tuple(root / file for file in files)
    side, depth = default_form(paths) if size is None or channels is None else (size, channels)
    height, width = sides(size or side)
    depth = channels or depth
    return labelled_set(
        name,
        "image",
        FileInputs(paths, tuple(files), (height, width), depth),
        np.array(labels, dtype=np.int64),
        classes,
        part=np.full(len(paths), -1, dtype=np.int8) if part is None else part,
        input_shape=(depth, height, width),
        groups=groups,
        published=part is not None,
        notes=notes,
    )
