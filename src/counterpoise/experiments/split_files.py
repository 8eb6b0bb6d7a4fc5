"""Frozen splits on disk: the index arrays that all trainings and reports of a comparison share."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.atomic import replacing, write_text
from counterpoise.data.duplicates import conflicting
from counterpoise.data.image_files import FileInputs
from counterpoise.data.labelled import LabelledSet
from counterpoise.data.splits.split import Split
from counterpoise.errors import DataError
from counterpoise.experiments.plan import data_split_name
from counterpoise.experiments.tasks import Context
from counterpoise.metrics import Costs
from counterpoise.npz import read_npz
from counterpoise.printable import printable
from counterpoise.recipes.schema import Subset
from counterpoise.records import CopiesPart, RowsPart, SamplesRecord

MOST_COPIES = 100  # contents under more than one label that are kept, for the report


def write_splits(out: Path, dataset: LabelledSet, splits: Mapping[Subset, Sequence[Split]]) -> None:
    """One file for each split, and names of samples; what is damaged or differs is rewritten."""
    named = _names(dataset)
    if named is not None:
        _keep(out / "splits" / "samples.json", named)
    for subset, members in splits.items():
        for split in members:
            arrays = {
                "train": split.train,
                "validation": split.validation,
                "test": split.test,
                "counts": np.array(split.counts.values, dtype=np.int64),
                "validation_labels": dataset.labels[split.validation],
                "test_labels": dataset.labels[split.test],
            }
            if split.groups is not None:
                arrays["train_groups"] = split.groups[split.train]
                arrays["validation_groups"] = split.groups[split.validation]
                arrays["test_groups"] = split.groups[split.test]
            path = out / "splits" / f"{data_split_name(split.name, subset)}.npz"
            if not _holds(path, arrays):
                with replacing(path) as stream:
                    np.savez(stream, **arrays)  # type: ignore[arg-type]


def _names(dataset: LabelledSet) -> SamplesRecord | None:
    """What samples are called; None of arrays, which have indices alone."""
    rows = dataset.rows
    if rows is not None:
        part = RowsPart(file=printable(rows.file), in_lines=rows.in_lines, runs=tuple(rows.runs()))
        return SamplesRecord(names=(), rows=part)
    if not isinstance(dataset.inputs, FileInputs):
        return None
    copies = tuple(
        CopiesPart(samples=held, labels=tuple(int(dataset.labels[i]) for i in held))
        for held in conflicting(dataset)[:MOST_COPIES]
    )
    return SamplesRecord(names=tuple(map(printable, dataset.inputs.names)), copies=copies)


def _keep(path: Path, record: SamplesRecord) -> None:
    try:
        there = SamplesRecord.read_if_there(path)
    except DataError:
        there = None
    if there is None or there != record:
        write_text(path, record.text())


def _holds(path: Path, arrays: Mapping[str, npt.NDArray[np.int64]]) -> bool:
    """Whether the file is there and whole, with just these arrays."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return set(stored.files) == set(arrays) and all(
                np.array_equal(stored[name], array) for name, array in arrays.items()
            )
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
        return False


def costs_of(context: Context, split: str) -> Costs | None:
    """What mistakes cost on a split, by its training samples; None where nobody said."""
    if context.cost is None:
        return None
    return context.cost.costs(read_split(context.splits, split)["counts"].tolist())


def read_split(folder: Path, name: str) -> dict[str, npt.NDArray[np.int64]]:
    """Index arrays and class counts of one frozen split.

    Raises:
        DataError: the file is not there or damaged.
    """
    stored: dict[str, Any] = read_npz(folder / f"{name}.npz")
    return stored
