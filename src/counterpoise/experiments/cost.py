"""What mistakes cost, as it was asked: ``minority:10``, a file, or a table with class names."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationInfo

from counterpoise.errors import ArgumentError, near
from counterpoise.experiments.option_words import Spell, in_python
from counterpoise.metrics.costs import Costs
from counterpoise.metrics.names import EXPECTED_COST, METRICS, TITLES, require_metric
from counterpoise.recipes.schema import Value
from counterpoise.records import CostPart

MINORITY = "minority"
METHOD = "minimum-cost"  # which decides by these costs
SHAPES = (
    "minority:10 (what missing a sample of a class below the average size costs, any other mistake "
    "1), or a .csv or .json file with a cost for each pair of classes"
)
MOST_FAULTS = 8  # that are listed


@dataclass(frozen=True)
class CostRule:
    """What the mistakes of a comparison cost, known before its classes are.

    Args:
        minority: cost of missing a sample of a class with fewer training samples than the average
            class, any other mistake 1; or
        matrix: (K, K) costs of predicting class j (column) where i is true (row).
        classes: whose rows these are; empty for the order of the data.
    """

    minority: float | None = None
    matrix: tuple[tuple[float, ...], ...] | None = None
    classes: tuple[str, ...] = ()

    def costs(self, counts: Sequence[int]) -> Costs:
        """For the training samples of one split, by class."""
        return Costs.of_rule(counts, self.minority, self.matrix)

    def record(self) -> CostPart:
        """As experiment.json keeps it."""
        if self.matrix is None:
            return CostPart(minority=self.minority)
        return CostPart(matrix=self.matrix)

    def parameters(self) -> dict[str, Value]:
        """Arguments of `MinimumCost`."""
        if self.matrix is None:
            return {} if self.minority is None else {"minority": self.minority}
        return {"costs": [list(row) for row in self.matrix]}

    def in_order(self, classes: Sequence[str]) -> CostRule:
        """With rows and columns in the order of the data's classes.

        Raises:
            ArgumentError: they are of other classes, or of another number of them.
        """
        if self.matrix is None:
            return self
        if not self.classes:
            if len(self.matrix) != len(classes):
                raise ArgumentError(
                    f"costs of {len(classes)} classes have {len(classes)} rows and columns, in the "
                    f"order {_some(classes)}; got {len(self.matrix)}"
                )
            return self
        faults = [
            f"costs name a class '{name}', which the data do not have{near(name, classes)}"
            for name in self.classes
            if name not in classes
        ]
        missing = [name for name in classes if name not in self.classes]
        if missing:
            faults.append(
                f"costs have a row and a column for each class of the data; missing: "
                f"{_some(missing)}"
            )
        if faults:
            raise ArgumentError("\n".join(_cut(faults)))
        place = [self.classes.index(name) for name in classes]
        matrix = tuple(tuple(self.matrix[i][j] for j in place) for i in place)
        return replace(self, matrix=matrix, classes=tuple(classes))

    def require_minority(self, counts: Sequence[Sequence[int]]) -> None:
        """Raise where ``minority`` costs are asked for and no class is below the average.

        Args:
            counts: training samples by class, of each split.

        Raises:
            ArgumentError: all classes have equally many training samples.
        """
        if self.matrix is None and all(len(set(row)) == 1 for row in counts):
            raise ArgumentError(
                f"minority:{self.minority:g} is what missing a class below the average size costs, "
                f"and here all {len(counts[0])} classes have {counts[0][0]} training samples (give "
                "a file with a cost for each pair of classes)"
            )


def cost(value: object, info: ValidationInfo) -> CostRule | None:
    """The rule of the option: what it says of costs, whole and legal."""
    if value is None or isinstance(value, CostRule):
        return value
    name = _spell(info)("cost")
    if isinstance(value, str | os.PathLike):
        text = os.fsdecode(value)
        word, colon, number = text.partition(":")
        if colon and word == MINORITY:
            return CostRule(minority=_minority(number, name))
        return _from_file(Path(text).expanduser(), name)
    if hasattr(value, "to_dict") and hasattr(value, "index"):  # a frame of pandas
        value = value.to_dict(orient="index")
    if isinstance(value, Mapping):
        return _from_table(value, name)
    return _from_rows(value, name)


def select(value: object, info: ValidationInfo) -> object:
    """The rule of the option: a metric, its name with underscores; with costs, theirs."""
    asked = info.data.get("cost")
    if value is None:
        return "balanced_accuracy" if asked is None else EXPECTED_COST
    if not isinstance(value, str):
        return value
    known = METRICS if asked is None else TITLES
    if value.replace("-", "_") != EXPECTED_COST:
        return require_metric(value, known)
    if asked is None and "cost" in info.data:  # else its own fault is said
        spell = _spell(info)
        raise ArgumentError(
            f"{spell('select')} is {EXPECTED_COST}, and nothing says what mistakes cost; give "
            f"{spell('cost')} too: {SHAPES}"
        )
    return EXPECTED_COST


def _spell(info: ValidationInfo) -> Spell:
    spell: Spell = info.context or in_python
    return spell


def _minority(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentError(f"{name} minority:N has a number above 0; got 'minority:{text}'")
    return number


def _from_file(path: Path, name: str) -> CostRule:
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
    return _from_table(table, where) if isinstance(table, dict) else _from_rows(table, where)


def _from_csv(text: str, where: str) -> CostRule:
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
        raise ArgumentError("\n".join(_cut(faults)))
    table = {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows[1:]}
    # an empty cell is no cost that anybody stated
    stated = {true: {k: v for k, v in row.items() if v} for true, row in table.items()}
    return _from_table(stated, where)


def _from_table(table: Mapping[Any, Any], where: str) -> CostRule:
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
        raise ArgumentError("\n".join(_cut(faults)))
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
        raise ArgumentError("\n".join(_cut(faults)))
    matrix = [[rows[i].get(j, 0.0) for j in names] for i in names]
    return CostRule(matrix=_numbers(matrix, names, where), classes=names)


def _from_rows(value: object, where: str) -> CostRule:
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
    return CostRule(matrix=_numbers(array.tolist(), names, where))


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
        raise ArgumentError("\n".join(_cut(faults)))
    return found


def _cut(faults: Sequence[str]) -> list[str]:
    more = len(faults) - MOST_FAULTS
    return [*faults[:MOST_FAULTS], *([f"and {more} more of costs"] if more > 0 else [])]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:MOST_FAULTS])
    return shown + (f" and {len(names) - MOST_FAULTS} more" if len(names) > MOST_FAULTS else "")
