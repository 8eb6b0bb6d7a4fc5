"""Room on the disk for what a comparison will certainly write."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split
from counterpoise.errors import OutputError
from counterpoise.experiments.decoded import bytes_of, keeps_whole, streams
from counterpoise.experiments.machine import image_memory
from counterpoise.experiments.options import Options
from counterpoise.recipes.schema import Recipe, Subset

LEAST = 4 << 20  # models, images and the report of the smallest comparison


def require_space(out: Path, needed: int) -> None:
    """Refuse before training when the disk clearly cannot hold what will be written.

    Raises:
        OutputError: fewer than `needed` bytes are free.
    """
    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise OutputError(
            f"{there} has {free / 2**20:.1f} MiB free; at least {needed / 2**20:.1f} MiB are "
            "needed (free some space or choose another --out)"
        )


def needed_space(
    options: Options,
    dataset: LabelledSet,
    recipes: Sequence[Recipe],
    splits: Mapping[Subset, Sequence[Split]],
) -> int:
    """Bytes that are certainly written: decoded inputs, splits, scores; models come on top."""
    decoded = 0
    cache = options.out / "cache" / dataset.checksum / "inputs.npy"
    if not cache.exists() and not (options.pretrained and isinstance(dataset.inputs, FileInputs)):
        if streams(dataset, image_memory(options.image_memory)):
            decoded = len(dataset) * 4 * 256 * dataset.input_shape[0]  # a histogram
        elif keeps_whole(dataset):
            decoded = bytes_of(dataset)
        else:
            each = math.prod(dataset.input_shape) * (1 if dataset.kind == "image" else 4)
            decoded = len(dataset) * each
        if dataset.table is not None:
            decoded *= len(splits["profile"])  # each encodes its own, in as many columns or more
    scored = sum(len(split.test) + len(split.validation) for split in splits["profile"])
    scores = 0 if (options.out / "report.json").exists() else 8 * len(dataset.classes)
    return decoded + scored * scores * len(recipes) + LEAST
