"""A table of costs from a file or from Python, each fault of it in words."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.errors import ArgumentError, near

Matrix = tuple[tuple[float, ...], ...]
Table = tuple[Matrix, tuple[str, ...]]  # rows true, and whose rows: none for the data's own order
SHAPES = (
    "minority:10 (what missing a sample of a class below the average size costs, any other mistake "
    "1), or a .csv or .json file with a cost for each pair of classes"
)
MOST_FAULTS = 8  # that are listed


def from_file(path: Path, name: str) -> Table:
    where = f"{name} {path}"
    kind = path.suffix.lower()
    if kind not in (".csv", ".json"):
        raise ArgumentError(f"{name} is {SHAPES}; got '{path}'")
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ArgumentError(f"{where}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ArgumentError(f"{where}: it is not text in UTF-8 (save it so)") from None
    if kind == ".csv":
        return _from_csv(text, where)
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"{where} is not JSON: {error}") from None
    return from_table(table, where) if isinstance(table, dict) else from_rows(table, where)


def _from_csv(text: str, where: str) -> Table:
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines())]
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or len(rows[0]) < 2:
        raise ArgumentError(
            f"{where}: the first line names the predicted classes after an empty cell, and each "
            f"line after it begins with a true class; got {len(rows)} lines"
        )
    columns = rows[0][1:]
    doubles = sorted({one for one in columns if columns.count(one) > 1})
    names = [row[0] for row in rows[1:]]
    doubles += sorted({one for one in names if names.count(one) > 1} - set(doubles))
    faults = [f"{where}: '{one}' is there twice" for one in doubles]
    faults += [
        f"{where}: line of '{row[0]}' has {len(columns)} costs, one for each predicted class; got "
        f"{len(row) - 1}"
        for row in rows[1:]
        if len(row) - 1 != len(columns)
    ]
    if faults:
        raise ArgumentError("\n".join(cut(faults)))
    table = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows[1:]}
    # an empty cell is no cost that anybody stated
    stated = {true: {k: v for k, v in row.items() if v} for true, row in table.items()}
    return from_table(stated, where)


def from_table(table: Mapping[Any, Any], where: str) -> Table:
    """Costs by true class and predicted class; what is right costs nothing where it is left out."""
    faults = [
        f"{where}: each true class has a table of costs by predicted class; got {row!r:.60} for "
        f"'{true}'"
        for true, row in table.items()
        if not isinstance(row, Mapping)
    ]
    if not table:
        faults.append(f"{where}: it names no class")
    if faults:
        raise ArgumentError("\n".join(cut(faults)))
    rows = {str(true): {str(k): v for k, v in row.items()} for true, row in table.items()}
    names = tuple(rows)
    for true, row in rows.items():
        faults += [
            f"{where}: '{predicted}' is predicted where '{true}' is true, and has no row of its own"
            f"{near(predicted, names)}"
            for predicted in row
            if predicted not in names
        ]
        faults += [
            f"{where}: nothing says what it costs to predict '{one}' where '{true}' is true"
            for one in names
            if one not in row and one != true
        ]
    if faults:
        raise ArgumentError("\n".join(cut(faults)))
    matrix = [[rows[i].get(j, 0.0) for j in names] for i in names]
    return _numbers(matrix, names, where), names


def from_rows(value: object, where: str) -> Table:
    """A matrix in the order of the data's classes."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or not array.size:
        shape = f"shape {array.shape}" if array.size else f"{value!r:.60}"
        raise ArgumentError(
            f"{where} is minority:10, a file, a matrix (K, K) with a row for each true class, or "
            f"a table of such rows by class name; got {shape}"
        )
    names = tuple(str(k) for k in range(len(array)))
    return _numbers(array.tolist(), names, where), ()


def _numbers(
    matrix: Sequence[Sequence[object]], names: Sequence[str], where: str
) -> tuple[tuple[float, ...], ...]:
    faults: list[str] = []

    def number(value: Any, true: str, predicted: str) -> float:
        try:
            found = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            found = math.nan
        if not 0 <= found < math.inf:
            faults.append(
                f"{where}: a cost is a finite number of at least 0; got {value!r:.60} for "
                f"predicting '{predicted}' where '{true}' is true"
            )
        return found

    found = tuple(
        tuple(number(value, names[i], names[j]) for j, value in enumerate(row))
        for i, row in enumerate(matrix)
    )
    if not faults and len(names) < 2:
        faults.append(f"{where}: costs are of at least 2 classes; got {len(names)}")
    elif not faults and not any(
        v for i, row in enumerate(found) for j, v in enumerate(row) if i - j
    ):
        faults.append(f"{where}: some mistake costs something; all of them are 0")
    if faults:
        raise ArgumentError("\n".join(cut(faults)))
    return found


def cut(faults: Sequence[str]) -> list[str]:
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([f"and {more} more of costs"] if more > 0 else [])]
