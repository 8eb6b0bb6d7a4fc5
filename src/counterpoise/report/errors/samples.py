"""Access to the samples of a comparison, to show those that were predicted wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import CounterpoiseError
from counterpoise.printable import printable
from counterpoise.records import ClaimRecord, CopiesPart, RowsPart, SamplesRecord
from counterpoise.report.results import Results
from counterpoise.report.thumbnails import encoded

if TYPE_CHECKING:
    from counterpoise.data.image_files import FileInputs
    from counterpoise.data.labelled import LabelledSet
    from counterpoise.data.tables.columns import Column

Load = Callable[[], "LabelledSet"]


class Samples(Protocol):
    """What can be shown of a sample, by its index in the data set; less where data are gone."""

    def name(self, index: int) -> str:
        """File name, or row."""

    def image(self, index: int) -> str:
        """An address that holds a small image; empty without one."""

    def row(self, index: int) -> Mapping[str, str]:
        """Column -> value of a table; empty for anything else."""

    def copies(self) -> Sequence[CopiesPart]:
        """Samples of the same content under more than one label."""


@dataclass(frozen=True)
class Files:
    """Image files below a folder, or beside a table of them."""

    base: Path
    names: Sequence[str]
    same: Sequence[CopiesPart]

    def name(self, index: int) -> str:
        return printable(self.names[index])

    def image(self, index: int) -> str:
        places = (self.base, self.base.parent)
        return next(filter(None, (_picture(place / self.names[index]) for place in places)), "")

    def row(self, index: int) -> Mapping[str, str]:
        return {}

    def copies(self) -> Sequence[CopiesPart]:
        return self.same


@dataclass(frozen=True, eq=False)
class Arrays:
    """A data set that is loaded; None where it is gone, or was changed."""

    dataset: LabelledSet | None
    rows: RowNames | None = None  # of a table

    def name(self, index: int) -> str:
        files = self._files
        if files is not None:
            return printable(files.names[index])
        return str(index) if self.rows is None else self.rows[index]

    def image(self, index: int) -> str:
        if self.dataset is None or self.dataset.kind != "image":
            return ""
        files = self._files
        if files is not None:
            return _picture(files.paths[index])
        return encoded(np.asarray(self.dataset.inputs.read(np.array([index])))[0])

    def row(self, index: int) -> Mapping[str, str]:
        if self.dataset is None or self.dataset.table is None:
            return {}
        values = np.asarray(self.dataset.inputs.read(np.array([index])), dtype=np.float64)[0]
        return {
            column.name: _cell(column, value)
            for column, value in zip(self.dataset.table.columns, values.tolist(), strict=True)
        }

    @property
    def _files(self) -> FileInputs | None:
        from counterpoise.data.image_files import FileInputs

        inputs = None if self.dataset is None else self.dataset.inputs
        return inputs if isinstance(inputs, FileInputs) else None

    def copies(self) -> Sequence[CopiesPart]:
        if self.dataset is None:
            return ()
        from counterpoise.data.duplicates import conflicting

        labels = self.dataset.labels
        return tuple(
            CopiesPart(samples=held, labels=tuple(int(labels[i]) for i in held))
            for held in conflicting(self.dataset)
        )


def _picture(path: Path) -> str:
    """A small image of a file, as it is and not as a model reads it; empty where there is none."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            image.draft("RGB", (192, 192))
            grey = image.mode in ("1", "L", "LA")
            whole = image.mode.startswith("I") or image.mode == "F"
            pixels = np.asarray(image if whole else image.convert("L" if grey else "RGB"))
    except Exception:  # whatever a damaged image does, the report is written
        return ""
    return encoded(pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0))


def _cell(column: Column, value: float) -> str:
    """One value of a row, as the table has it; empty where it is missing."""
    if math.isnan(value):
        return ""
    if column.kind == "category":
        known = 0 <= value < len(column.categories)
        return printable(column.categories[int(value)]) if known else ""
    if column.kind == "boolean":
        return "true" if value else "false"
    return f"{value:g}"


def samples_of(results: Results, load: Load | None = None) -> Samples:
    """Those of a comparison, as far as they are where they were.

    Args:
        results: with the folder that they were read from.
        load: reads the data set, as it was read before; by default, by its name alone, which does
            not do for a table.

    Raises:
        DataError: splits/samples.json is damaged.
    """
    assert results.folder is not None
    asked = results.experiment.dataset
    record = SamplesRecord.read_if_there(results.folder / "splits" / "samples.json")
    if record is not None and record.rows is None:
        return Files(Path(asked), record.names, record.copies)
    rows = None if record is None or record.rows is None else rows_of(record.rows)
    return Arrays(_loaded(asked, results.folder, load), rows)


def rows_of(part: RowsPart) -> RowNames:
    """What the rows of a table are called."""
    return RowNames.of_runs(part.file, part.runs, in_lines=part.in_lines)


def _loaded(asked: str, folder: Path, load: Load | None) -> LabelledSet | None:
    try:
        claim = ClaimRecord.read_if_there(folder / "claim.json")
        found = _by_name(asked, folder) if load is None else load()
    except (CounterpoiseError, OSError):
        return None
    return found if claim is not None and claim.dataset == found.checksum else None


def _by_name(asked: str, folder: Path) -> LabelledSet:
    from counterpoise.data.load import load

    return load(asked, ignore=folder)
