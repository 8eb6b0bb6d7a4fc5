"""The columns that a model reads, and rows of cells as rows of numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.held import LARGEST
from counterpoise.data.tables.cells import NONE, Cells, named
from counterpoise.data.tables.column_list import as_typed
from counterpoise.data.tables.kinds import (
    FALSE,
    NUMBER,
    TRUE,
    ColumnKind,
    as_numbers,
    kind_of,
)
from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import CheckpointError, DataError

UNKNOWN = -1.0  # code of a category that is not among those of a column
MOST_FAULTS = 5


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: as the header has it.
        kind: "number", "boolean" or "category".
        categories: of a category, in the order of their codes.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """What the samples of a table are made of.

    A row of the table is a row of float64: a number as it is, a truth value as 0 or 1, a category
    as its code, NaN where the cell is missing, -1 for a category that is not known.

    Args:
        columns: in the order of the numbers.
        label: name of the column with the class.
        group: name of the column of groups; "" without one.
        dropped: columns that are left out.
    """

    columns: tuple[Column, ...]
    label: str
    group: str = ""
    dropped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.columns)

    @classmethod
    def of(
        cls,
        cells: Cells,
        label: str,
        group: str = "",
        drop: Collection[str] = (),
        categories: Collection[str] = (),
    ) -> Columns:
        """Say of each column what it holds.

        Args:
            cells: the table.
            label: column of the class.
            group: column of groups; "" without one.
            drop: columns to leave out.
            categories: columns of categories, though they may hold numbers.

        Raises:
            DataError: a name that is none, or a column that cannot be read; all of them at once.
        """
        _require(cells, {"label": [label], "group": [group] if group else [], "drop": drop,
                         "categories": categories})  # fmt: skip
        out = {label, *([group] if group else []), *drop}
        inputs = {name: texts for name, texts in cells.columns.items() if name not in out}
        if not inputs:
            raise DataError(
                f"{cells.where} has no column to learn from: all of "
                f"{named(list(cells.columns))} are label, group or dropped"
            )
        made, faults = [], []
        for name, texts in inputs.items():
            is_text = name in cells.texts
            found = kind_of(name, texts, cells.rows, is_text=is_text, category=name in categories)
            if found.kind is None:
                faults.append((name, found.fault))
                continue
            known = sorted(set(texts) - {""}) if found.kind == "category" else []
            made.append(Column(name, found.kind, tuple(known)))
        if faults:
            wrong = as_typed(name for name, _ in faults)
            advice = (
                "make numbers of dates first, such as days since something, the month, or the day "
                "of the week; " if any("dates" in fault for _, fault in faults) else ""
            )  # fmt: skip
            said = "; ".join(fault for _, fault in faults[:MOST_FAULTS])
            more = len(faults) - MOST_FAULTS
            raise DataError(
                f"{cells.where}: {said}{f'; and {more} more' if more > 0 else ''} ({advice}"
                f"--drop {wrong} leaves out, --categories NAME takes values as categories)"
            )
        return cls(tuple(made), label, group, tuple(sorted(drop)))

    def rows(self, cells: Cells) -> NDArray[np.float64]:
        """The rows (N, D) of a table with these columns; others in it are ignored.

        Raises:
            DataError: a column is missing, or a cell is no number where there are numbers.
        """
        absent = [column.name for column in self.columns if column.name not in cells.columns]
        if absent:
            raise DataError(
                f"{cells.where} lacks columns that the model reads: {named(absent)}; it has "
                f"{named(list(cells.columns))} (add them; their cells may be empty)"
            )
        found = np.empty((len(cells), len(self.columns)))
        faults: list[str] = []
        for place, column in enumerate(self.columns):
            texts = cells.columns[column.name]
            try:
                found[:, place] = _values(column, texts)
            except ValueError:
                faults.append(_unreadable(column, texts, cells.rows))
        if faults:
            more = len(faults) - MOST_FAULTS
            raise DataError(
                f"{cells.where}: {'; '.join(faults[:MOST_FAULTS])}"
                f"{f'; and {more} more columns' if more > 0 else ''}"
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "label": self.label,
            "group": self.group,
            "dropped": list(self.dropped),
            "columns": [
                {"name": c.name, "kind": c.kind, "categories": list(c.categories)}
                for c in self.columns
            ],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> Columns:
        """Inverse of `to_dict`.

        Raises:
            CheckpointError: a key is missing, or a kind is unknown.
        """
        try:
            listed = cast(Sequence[Mapping[str, Sequence[str]]], values["columns"])
            made = tuple(
                Column(
                    str(c["name"]), cast(ColumnKind, c["kind"]), tuple(map(str, c["categories"]))
                )
                for c in listed
            )
            dropped = tuple(map(str, cast(Sequence[str], values["dropped"])))
            found = cls(made, str(values["label"]), str(values["group"]), dropped)
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"damaged columns of a table: {error!r}") from error
        if not {column.kind for column in made} <= set(get_args(ColumnKind)):
            raise CheckpointError("damaged columns of a table: a kind that this version lacks")
        return found

    @property
    def digest(self) -> str:
        """Of all of it; equal for tables that are coded alike."""
        return hashlib.sha256(json.dumps(self.to_dict()).encode()).hexdigest()


def _require(cells: Cells, asked: Mapping[str, Collection[str]]) -> None:
    for what, names in asked.items():
        for name in names:
            cells.require(name, f"asked for by --{what}")


def _values(column: Column, texts: Sequence[str]) -> NDArray[np.float64]:
    if column.kind == "category":
        code = {name: float(k) for k, name in enumerate(column.categories)} | {"": np.nan}
        return np.array([code.get(text, UNKNOWN) for text in texts])
    if column.kind == "boolean":
        return np.array([_truth(text) for text in texts])
    numbers = as_numbers(texts)
    if numbers is not None:
        return numbers
    return np.array([_number(text) if text else np.nan for text in texts], dtype=np.float64)


def _truth(text: str) -> float:
    small = text.lower()
    if small in TRUE or small == "1":
        return 1.0
    if small in FALSE or small == "0":
        return 0.0
    if small:
        raise ValueError(text)
    return np.nan


def _number(text: str) -> float:
    if text.lower() == NONE:
        return np.nan
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    value = float(text)
    if not abs(value) <= LARGEST:
        raise ValueError(text)
    return value + 0.0  # -0 is 0


def _unreadable(column: Column, texts: Sequence[str], rows: RowNames) -> str:
    rule = "a number" if column.kind == "number" else "true or false"
    read = _number if column.kind == "number" else _truth
    for i, text in enumerate(texts):
        try:
            if text:
                read(text)
        except ValueError:
            huge = column.kind == "number" and NUMBER.fullmatch(text)
            rule = f"a number of at most {LARGEST:.2g}, as float32 holds," if huge else rule
            advice = " (scale the column, or leave the cell empty)" if huge else ""
            said = f"{rule} or nothing; got '{text[:30]}'{advice}"
            return f"column '{column.name}', {rows.place(i)}: {said}"
    raise AssertionError("called for a column that cannot be read")
