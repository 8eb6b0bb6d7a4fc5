"""A table, one sample a row: CSV or Parquet with a column that holds the class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.inputs import ArrayInputs
from counterpoise.data.label_codes import PARTS, encode_groups, encode_names, part_code
from counterpoise.data.labelled import LabelledSet, labelled_set
from counterpoise.data.tables.cells import Cells, named, read_cells
from counterpoise.data.tables.column_list import as_typed
from counterpoise.data.tables.columns import Columns
from counterpoise.data.tables.kinds import NUMBER, counts_rows
from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import DataError

SPLIT = "split"  # column whose cells say the part of a sample, where all of them do
REGRESSION = 20  # different numbers as labels, from which few rows of each are no classes


@dataclass(frozen=True)
class TableQuestion:
    """What is asked of a table.

    Args:
        label: column of the class.
        group: column of groups, which never straddle a split; "" without one.
        drop: columns to leave out.
        categories: columns of categories, though they may hold numbers.
        reason: why that label is looked for, in the words of an error.
    """

    label: str
    group: str = ""
    drop: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    reason: str = "asked for by --label"


def load_table(file: Path, question: TableQuestion, columns: Columns | None = None) -> LabelledSet:
    """Read a table; its samples are rows of numbers and codes of categories, see `Columns`.

    Args:
        file: ``.csv`` or ``.parquet``.
        question: which column is what.
        columns: those that a model was trained on; found in the file when left out.

    Raises:
        DataError: no such column, rows without a label, one class only, or a column that cannot
            be read, such as one of dates.
    """
    cells = read_cells(file)
    labels = _labels(cells, question.label, question.reason)
    drop = set(question.drop)
    part = np.full(len(cells), -1, dtype=np.int8)
    notes = (*cells.notes, *_left_out(cells))
    if _says_parts(cells, {question.label, question.group, *drop}):
        part = np.array([part_code(text, cells.where) for text in cells.columns[SPLIT]], np.int8)
        drop.add(SPLIT)
    group, to_train = question.group, columns is None
    if columns is None:
        columns = Columns.of(cells, question.label, question.group, drop, question.categories)
        notes += _remarks(cells, columns, drop - {SPLIT})
    elif group not in cells.columns:
        group = ""  # new data need none
    values = columns.rows(cells)
    codes, classes, said = encode_names(labels, f"{cells.where}, column '{question.label}'")
    groups = None
    if group:
        groups, more = encode_groups(cells.columns[group])
        said = (*said, *more)
    return labelled_set(
        file.stem,
        "vector",
        ArrayInputs(values),
        codes,
        classes,
        part=part,
        input_shape=(len(columns),),
        groups=groups,
        notes=(*said, *notes),
        table=columns,
        rows=cells.rows,
        to_train=to_train,
    )


def read_rows(file: Path, columns: Columns) -> tuple[NDArray[np.float64], RowNames]:
    """Rows of a table whose classes are not asked for, as `Columns` codes them, and their names.

    Raises:
        DataError: as `load_table`.
    """
    cells = read_cells(file)
    return columns.rows(cells), cells.rows


def _left_out(cells: Cells) -> tuple[str, ...]:
    empty = cells.rows.empty
    if not empty:
        return ()
    what = "1 row has" if len(empty) == 1 else f"{len(empty):,} rows have"
    return (f"{what} no value at all, left out ({cells.rows.listed(empty)})",)


def _labels(cells: Cells, label: str, reason: str) -> list[str]:
    labels = list(cells.require(label, reason))
    absent = [i for i, text in enumerate(labels) if not text]
    if absent:
        raise DataError(
            f"{cells.where}: {len(absent)} of {len(labels)} rows have no label in column "
            f"'{label}' ({cells.rows.places(absent)}); {_remedy(cells, label)}"
        )
    counts = Counter(labels)
    if len(counts) > REGRESSION and 5 * len(counts) > len(labels):
        numbers = sum(bool(NUMBER.fullmatch(text)) for text in counts) == len(counts)
        what = "numbers; regression is out of scope" if numbers else "texts"
        raise DataError(
            f"{cells.where}: column '{label}' holds classes, each in several rows; got "
            f"{len(counts):,} different values in {len(labels):,} rows, {what} (name the column "
            "of the class, or make classes of them)"
        )
    return labels


def _remedy(cells: Cells, label: str) -> str:
    words = sorted(cells.words.get(label, ()))
    if not words:
        return "take these rows out, or label them"
    return (
        f"{named(words)} there {'is' if len(words) == 1 else 'are'} read as no value: if a class "
        "is called so, give it another name, such as 'not applicable'; else take these rows out, "
        "or label them"
    )


def _says_parts(cells: Cells, used: Collection[str]) -> bool:
    """Whether there is a column ``split`` of nothing but names of parts."""
    if SPLIT in used or SPLIT not in cells.columns:
        return False
    texts = {text.lower() for text in cells.columns[SPLIT]}
    return texts <= set(PARTS) and texts != {""}


def _remarks(cells: Cells, columns: Columns, dropped: Collection[str]) -> tuple[str, ...]:
    found = []
    if dropped:
        found.append(f"columns left out: {', '.join(sorted(dropped))}")
    for c in columns.columns:
        if c.kind == "category" and c.name in cells.words:
            words = named(sorted(cells.words[c.name]))
            found.append(f"column '{c.name}': {words} is read as a missing value, not a category")
    running = [c.name for c in columns.columns if counts_rows(cells.columns[c.name])]
    found += [
        f"column '{name}' numbers the rows; it should not help to predict "
        f"(--drop {as_typed([name])})"
        for name in running
    ]
    return tuple(found)
