"""Cells of a table as text, by column, from a CSV or a Parquet file."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoise.data.tables.row_names import RowNames
from counterpoise.errors import DataError, near

DELIMITERS = (",", ";", "\t")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "nat", "<na>", "?"})
NONE = "none"  # a missing number, and a category or class like any other
SUFFIXES = (".csv", ".parquet")
MOST_NAMED = 8
PANDAS_INDEX = re.compile(r"__index_level_\d+__")  # of a DataFrame, as a column of Parquet
ROW_NAMES = "taken for names of the rows, and left out"
GIVEN = re.compile(r"frame-[0-9a-f]{12}\.csv")  # a DataFrame that `given` wrote


@dataclass(frozen=True, eq=False)
class Cells:
    """What a file holds, before anybody says what it means.

    Args:
        where: the file, as messages name it.
        columns: name -> the text of each row, without spaces around it; "" where it is missing.
        rows: what each row is called; rows without a single value are left out.
        texts: columns that the file itself says are text, whatever they look like.
        notes: what was left out, in sentences.
    """

    where: str
    columns: dict[str, list[str]]
    rows: RowNames
    texts: frozenset[str] = field(default_factory=frozenset)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def require(self, name: str, what: str) -> list[str]:
        """The column of that name.

        Raises:
            DataError: there is none.
        """
        if name not in self.columns:
            raise DataError(
                f"{self.where} has no column '{name}' ({what}){near(name, self.columns)}"
            )
        return self.columns[name]


def read_cells(file: Path) -> Cells:
    """The cells of a ``.csv`` or ``.parquet`` file.

    Raises:
        DataError: it is empty or damaged, is no UTF-8, has rows of other lengths than its header,
            or column names that are empty or there twice.
    """
    return _parquet(file) if file.suffix.lower() == ".parquet" else _csv(file)


def read_header(file: Path) -> list[str]:
    """Names of the columns of a CSV file; empty where they cannot be read."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            first = stream.readline()
    except (OSError, UnicodeDecodeError):
        return []
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]


def named(names: Sequence[str]) -> str:
    """Some names, in quotes."""
    shown = ", ".join(f"'{name}'" for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _csv(file: Path) -> Cells:
    in_lines = not GIVEN.fullmatch(file.name)
    where = f"'{file}'" if in_lines else "the table"
    found: list[list[str]] = []
    numbers: list[int] = []
    empty: list[int] = []
    blank: list[int] = []  # lines without anything, which are no rows at the end of a file
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            header = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=_delimiter(header), strict=True)
            names = [name.strip() for name in next(reader, [])]
            line = reader.line_num + 1  # in which the next row begins
            for place, row in enumerate(reader):
                number, line = line if in_lines else place, reader.line_num + 1
                if not row:
                    blank.append(number)
                    continue
                empty += blank
                blank = []
                if any(cell.strip() for cell in row):
                    found.append(row)
                    numbers.append(number)
                else:
                    empty.append(number)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 text: {error.reason} at byte {error.start} (save it as UTF-8, "
            f"for instance iconv -f latin1 -t utf-8 {file.name})"
        ) from error
    except csv.Error as error:
        raise DataError(f"{where} is not a CSV file: {error}") from error
    if not any(names):
        raise DataError(f"{where} is empty; its first line names the columns")
    first = int(len(names) > 1 and not names[0])  # without a name: R and pandas name rows there
    _require_names(names[first:], where, first + 1)
    if not found:
        raise DataError(f"{where} has a header but no row")
    rows = RowNames(file.name if in_lines else "", numbers, in_lines, empty)
    ragged = [i for i, row in enumerate(found) if len(row) != len(names)]
    if ragged:
        more = len(ragged) - 1
        raise DataError(
            f"{where}: every row has as many cells as the header, {len(names)}; "
            f"{rows.place(ragged[0])} has {len(found[ragged[0]])}"
            f"{f', and {more} more lines differ' if more else ''} (put text that holds the "
            "delimiter into quotes)"
        )
    columns = {
        name: [_text(row[place]) for row in found]
        for place, name in enumerate(names)
        if place >= first
    }
    notes = (f"the first column has no name: {ROW_NAMES}",) if first else ()
    return Cells(where, columns, rows, notes=notes)


def _text(cell: str) -> str:
    cell = cell.strip()
    return "" if cell.lower() in MISSING else cell


def _require_names(names: Sequence[str], where: str, first: int = 1) -> None:
    faults = [f"column {place} has no name" for place, name in enumerate(names, first) if not name]
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    faults += [f"two columns are called '{name}'" for name in twice]
    if not faults and all(_is_number(name) for name in names):
        faults = [f"the first line names the columns; got {','.join(names[:MOST_NAMED])}"]
    if faults:
        raise DataError(f"{where}: {'; '.join(faults[:MOST_NAMED])}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet(file: Path) -> Cells:
    where = f"'{file}'"
    if importlib.util.find_spec("pyarrow") is None:
        raise DataError(
            f"{where} is read by pyarrow, which is not installed (pip install "
            "'counterpoise[parquet]', or save the table as CSV)"
        )
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(file)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{where} is not a whole Parquet file: {error}") from error
    names = [str(name).strip() for name in table.column_names]
    _require_names(names, where)
    if not table.num_rows:
        raise DataError(f"{where} has columns but no row")
    columns, texts, faults, notes = {}, set(), [], []
    for name, column, field_ in zip(names, table.columns, table.schema, strict=True):
        if PANDAS_INDEX.fullmatch(name):
            notes.append(f"column '{name}' is an index of pandas: {ROW_NAMES}")
            continue
        kind = field_.type
        if pyarrow.types.is_dictionary(kind):
            kind = kind.value_type
        if pyarrow.types.is_nested(kind) or pyarrow.types.is_binary(kind):
            faults.append(f"column '{name}' holds {kind}")
            continue
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            texts.add(name)
        columns[name] = ["" if v is None else _text(str(v)) for v in column.to_pylist()]
    if faults:
        raise DataError(
            f"{where}: cells are numbers, truth values or text; {'; '.join(faults)} (make columns "
            "of them, or take them out)"
        )
    rows = RowNames(file.name, range(table.num_rows), in_lines=False)
    empty = [i for i in rows.numbers if not any(held[i] for held in columns.values())]
    if empty:
        kept = [i for i in rows.numbers if i not in set(empty)]
        columns = {name: [held[i] for i in kept] for name, held in columns.items()}
        rows = RowNames(file.name, kept, in_lines=False, empty=empty)
    return Cells(where, columns, rows, frozenset(texts), tuple(notes))
