"""Workers read a table's rows encoded as the training part of each split says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from counterpoise.atomic import replacing
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split
from counterpoise.data.tables.encoding import REVISION, Encoding
from counterpoise.experiments.decoded import holds_array
from counterpoise.experiments.options import Options
from counterpoise.experiments.plan import data_split_name
from counterpoise.experiments.tasks import Context
from counterpoise.recipes.schema import Subset
from counterpoise.recipes.shipped import REFERENCES

BLOCK = 1 << 15  # rows that are encoded at a time
PREPROCESS = "train.preprocess"


def with_table(options: Options, dataset: LabelledSet) -> Options:
    """The options of a table: its numbers are scaled where its rows are encoded, and references
    that are no networks come with the methods.
    """
    if dataset.table is None or options.recipes is not None:
        return options
    methods = tuple(dict.fromkeys([*options.methods, *REFERENCES]))
    settings = {PREPROCESS: "none", **options.settings}
    return options.model_copy(update={"settings": settings, "methods": methods})


def with_encodings(
    dataset: LabelledSet, splits: Mapping[Subset, Sequence[Split]], context: Context
) -> Context:
    """The context with the rows of a table encoded, for each split by its own training part.

    Args:
        dataset: the table.
        splits: all splits; those of one training part share a file.
        context: of the comparison, whose inputs are the rows as they were read.
    """
    assert dataset.table is not None, "asked for tables alone"
    rows = np.asarray(dataset.inputs.read(), dtype=np.float64)
    files: list[tuple[str, Path]] = []
    encodings: list[tuple[str, str]] = []
    for subset, found in splits.items():
        for split in found:
            encoding = Encoding.fit(dataset.table, rows[split.train])
            path = context.inputs.with_name(f"encoded-{REVISION}-{split.checksum}.npy")
            if not holds_array(path):
                with replacing(path) as stream:
                    _write(stream, encoding, rows)
            name = data_split_name(split.name, subset)
            files.append((name, path))
            encodings.append((name, json.dumps(encoding.to_dict())))
    return replace(context, inputs=files[0][1], inputs_of=tuple(files), encodings=tuple(encodings))


def _write(stream: BinaryIO, encoding: Encoding, rows: NDArray[np.float64]) -> None:
    """Encoded rows as ``np.save`` writes them, some at a time."""
    shape = (len(rows), encoding.width)
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    for start in range(0, len(rows), BLOCK):
        stream.write(encoding(rows[start : start + BLOCK]).astype("<f4", copy=False).tobytes())


def encoding_of(context: Context, split: str) -> Encoding | None:
    """How the rows of a data split were encoded; None for data that are no table."""
    text = dict(context.encodings).get(split)
    return None if text is None else Encoding.from_dict(json.loads(text))
