"""What a column of text holds: numbers, truth values, categories, or what cannot be used."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from counterpoise.data.held import LARGEST
from counterpoise.data.tables.cells import NONE
from counterpoise.data.tables.row_names import RowNames
from counterpoise.data.tables.texts import Texts

ColumnKind = Literal["number", "boolean", "category"]
TRUE, FALSE = frozenset({"true", "yes", "t", "y"}), frozenset({"false", "no", "f", "n"})
PLAIN = re.compile(r"[0-9eE+.\-]*")  # characters of numbers
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))"
    r"([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[AP]M|[+-]\d{2}:?\d{2}))?)?"
)
MOSTLY = 0.5  # share of numbers, from which texts among them are taken for mistakes
MOST_DISTINCT = 50  # categories, from which as many as half of the rows are no categories
EXAMPLES = 3


class Found(NamedTuple):
    """The kind of a column, or what is wrong with it and what to do."""

    kind: ColumnKind | None
    fault: str = ""


def kind_of(
    name: str,
    cells: Sequence[str],
    rows: RowNames,
    *,
    is_text: bool = False,
    category: bool = False,
) -> Found:
    """What a column holds.

    Args:
        name: of the column.
        cells: its text; "" for a missing value.
        rows: what they are called, for messages.
        is_text: whether its file says that it is text.
        category: whether the user says that it holds categories.

    >>> rows = RowNames("churn.csv", [2, 3])
    >>> kind_of("age", ["31", ""], rows).kind, kind_of("paid", ["yes", "no"], rows).kind
    ('number', 'boolean')
    >>> print(kind_of("since", ["2021-03-04", "2020-01-31"], rows).fault)
    column 'since' holds dates ('2021-03-04'), which are not read
    """
    if not is_text and not category and as_numbers(cells) is not None:
        return Found("number")
    counts = Counter(cells)
    counts.pop("", None)
    given = sum(counts.values())
    if not given:
        return Found("number")  # nothing but missing values
    if category:
        return Found("category")
    dates = sum(n for text, n in counts.items() if DATE.fullmatch(text))
    if 2 * dates > given:
        return Found(None, f"column '{name}' holds dates ('{_first(counts, DATE)}'), which are "
                           "not read")  # fmt: skip
    if not is_text:
        if {text.lower() for text in counts} <= TRUE | FALSE and len(counts) > 1:
            return Found("boolean")
        numbers = sum(n for text, n in counts.items() if is_number(text))
        if numbers == given:
            return Found("number")
        commas = sum(n for text, n in counts.items() if DECIMAL_COMMA.fullmatch(text))
        if numbers + commas == given:
            example = _first(counts, DECIMAL_COMMA)
            return Found(None, f"column '{name}' has numbers with a comma ('{example}'); a number "
                               "has a decimal point")  # fmt: skip
        if numbers >= MOSTLY * given:
            return Found(None, _mixed(name, cells, rows, numbers))
    if len(counts) > MOST_DISTINCT and 2 * len(counts) > given:
        return Found(
            None,
            f"column '{name}' has {len(counts):,} different texts in {given:,} rows, such as "
            f"'{_short(next(iter(counts)))}': names or free text are no categories",
        )
    return Found("category")


def as_numbers(cells: Iterable[str]) -> NDArray[np.float64] | None:
    """Cells as numbers, NaN where one is missing; None where one may be something else.

    >>> as_numbers(["31", "", "-4e1"]), as_numbers(["1", "none"])
    (array([ 31.,  nan, -40.]), None)
    """
    chunks = cells.chunks() if isinstance(cells, Texts) else [list(cells)]
    parts = []
    for chunk in chunks:
        if not PLAIN.fullmatch("".join(chunk)):
            return None
        try:
            parts.append(np.array([float(cell) if cell else math.nan for cell in chunk]))
        except ValueError:
            return None
    values = np.concatenate(parts) if parts else np.zeros(0)
    return None if (np.abs(values) > LARGEST).any() else values + 0.0  # -0 is 0


def counts_rows(cells: Sequence[str]) -> bool:
    """Whether a column is a running number, by which nothing can be predicted.

    >>> counts_rows([str(n) for n in range(7, 40)]), counts_rows(["1", "2"])
    (True, False)
    """
    if len(cells) < 20 or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    numbers = as_numbers(cells)
    if numbers is None or numbers.max() - numbers.min() != len(numbers) - 1:
        return False
    return len(np.unique(numbers)) == len(numbers)


def is_number(text: str) -> bool:
    """Whether a cell is a number, or says that there is none."""
    return bool(NUMBER.fullmatch(text)) or text.lower() == NONE


def _mixed(name: str, cells: Sequence[str], rows: RowNames, numbers: int) -> str:
    others = [(i, cell) for i, cell in enumerate(cells) if cell and not is_number(cell)]
    shown = ", ".join(f"{rows.place(i)}: '{_short(cell)}'" for i, cell in others[:EXAMPLES])
    more = f" and {len(others) - EXAMPLES} more" if len(others) > EXAMPLES else ""
    return (
        f"column '{name}' mixes {numbers:,} numbers with text ({shown}{more}); leave a cell empty "
        "where a number is missing"
    )


def _first(counts: Counter[str], pattern: re.Pattern[str]) -> str:
    return next(text for text in counts if pattern.fullmatch(text))


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."
