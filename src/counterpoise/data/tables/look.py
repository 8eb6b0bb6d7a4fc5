"""What a person should know of the columns of a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.tables.column_list import as_typed
from counterpoise.data.tables.columns import Column, Columns

MOST_ROWS = 20_000  # that are looked at for what gives the label away
TELLS = 0.99  # balanced accuracy by one column alone, from which it is suspicious
FEWEST = 3  # rows of a category, or of a leaf, from which it says something of the class
MOST_LISTED = 40  # columns
WIDEST = 28  # characters of a name


@dataclass(frozen=True)
class ColumnLook:
    """One column of a table.

    Args:
        name: as the header has it.
        kind: "number", "boolean" or "category".
        missing: cells without a value.
        distinct: different values.
        shown: the range of numbers, or the most frequent categories.
        tells: balanced accuracy with which this column alone predicts the class of the very rows.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    shown: str
    tells: float

    @property
    def constant(self) -> bool:
        """Whether nothing differs, not even what is missing."""
        return self.distinct + (self.missing > 0) < 2

    @property
    def gives_away(self) -> bool:
        """Whether the column is about as good as the label itself."""
        return self.tells >= TELLS


def look(
    columns: Columns, rows: NDArray[np.float64], labels: NDArray[np.int64]
) -> tuple[ColumnLook, ...]:
    """Look at each column of rows (N, D) with labels (N,).

    >>> columns = Columns((Column("a", "number"), Column("b", "boolean")), "y")
    >>> rows = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    >>> [(c.constant, c.gives_away) for c in look(columns, rows, np.array([0, 0, 0, 1, 1, 1]))]
    [(True, False), (False, True)]
    """
    chosen = np.arange(len(rows))
    if len(rows) > MOST_ROWS:
        chosen = np.random.default_rng(0).choice(len(rows), MOST_ROWS, replace=False)
    some, target = rows[chosen], labels[chosen]
    found = []
    for place, column in enumerate(columns.columns):
        values = rows[:, place]
        known = values[~np.isnan(values)]
        distinct = len(np.unique(known))
        told = 0.0
        if distinct + (len(known) < len(values)) > 1:
            told = _told(column, some[:, place], target)
        found.append(
            ColumnLook(
                column.name,
                column.kind,
                len(values) - len(known),
                distinct,
                _shown(column, known),
                told,
            )
        )
    return tuple(found)


def sentences(found: Sequence[ColumnLook]) -> tuple[str, ...]:
    """What deserves attention: columns that say nothing, and those that say too much."""
    said = []
    constant = [f"'{one.name}'" for one in found if one.constant]
    if constant:
        word = "column has" if len(constant) == 1 else "columns have"
        said.append(f"{len(constant)} {word} one value only and cannot help: {_some(constant)}")
    for one in found:
        if one.gives_away:
            said.append(
                f"! column '{one.name}' alone tells the class (balanced accuracy "
                f"{one.tells:.3g}): is it known before the class is? "
                f"(--drop {as_typed([one.name])})"
            )
    return tuple(said)


def lines(found: Sequence[ColumnLook], rows: int) -> list[str]:
    """A line of text for each column."""
    wide = max(6, *(min(len(one.name), WIDEST) for one in found))
    said = [f"{'column':<{wide}}  {'kind':<8}  {'missing':>8}  {'values':>7}"]
    for one in found[:MOST_LISTED]:
        missing = f"{one.missing / rows:.1%}" if one.missing else "-"
        missing = "<0.1%" if missing == "0.0%" else missing
        said.append(
            f"{one.name[:WIDEST]:<{wide}}  {one.kind:<8}  {missing:>8}  {one.distinct:>7}  "
            f"{one.shown}"
        )
    if len(found) > MOST_LISTED:
        said.append(f"... and {len(found) - MOST_LISTED} more columns")
    return said


def _told(column: Column, values: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Balanced accuracy on the very rows of a rule that reads nothing but these values."""
    present, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if len(present) < 2:
        return 0.0
    weight = 1 / counts[codes]
    if column.kind == "category":
        places = np.unique(np.nan_to_num(values, nan=-2.0), return_inverse=True)[1]
        table = np.zeros((int(places.max()) + 1, len(present)))
        np.add.at(table, (places, codes), weight)
        often = np.bincount(places) >= FEWEST
        return float(table[often].max(axis=1, initial=0.0).sum() / len(present))
    from sklearn.tree import DecisionTreeClassifier  # takes a second to import

    depth = math.ceil(math.log2(len(present))) + 1
    tree = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=FEWEST, random_state=0)
    tree.fit(values[:, None], codes, sample_weight=weight)
    return float(weight[tree.predict(values[:, None]) == codes].sum() / len(present))


def _shown(column: Column, known: NDArray[np.float64]) -> str:
    if not len(known):
        return "nothing"
    if column.kind == "number":
        return f"{known.min():.6g} to {known.max():.6g}"
    if column.kind == "boolean":
        return f"true in {known.mean():.1%}"
    codes, counts = np.unique(known.astype(np.int64), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:3]
    names = [_quoted(column.categories[codes[k]]) if codes[k] >= 0 else "unknown" for k in order]
    return ", ".join(f"{name} ({counts[k]})" for name, k in zip(names, order, strict=True))


def _quoted(category: str, most: int = 16) -> str:
    """In quotes where it would read as several, or not from end to end."""
    plain = "," not in category and category == category.strip()
    return category[:most] if plain else f"'{category[:most]}'"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
