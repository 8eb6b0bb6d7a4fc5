"""Cells of a table as text, by column, from a CSV or a Parquet file."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from counterpoise.data.tables.row_names import RowNames
from counterpoise.data.tables.texts import CHUNK, MARK, Texts
from counterpoise.errors import DataError, near

DELIMITERS = (",", ";", "\t")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "nat", "<na>", "?"})
WORDS = frozenset(  # in any case
    "".join(letters)
    for word in MISSING - {""}
    for letters in product(*({c.lower(), c.upper()} for c in word))
)
IN_WORDS = "nN?"  # of which each has one
SPACES = " \t\n\r\v\f\x1c\x1d\x1e"
NONE = "none"  # a missing number, and a category or class like any other
SUFFIXES = (".csv", ".parquet")
MOST_NAMED = 8
PANDAS_INDEX = re.compile(r"__index_level_\d+__")  # of a DataFrame, as a column of Parquet
ROW_NAMES = "taken for names of the rows, and left out"
QUOTED = re.compile(r'"[^"]*"')
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
        words: of columns in which words such as "NA" were taken for missing values, these words.
    """

    where: str
    columns: Mapping[str, Sequence[str]]
    rows: RowNames
    texts: frozenset[str] = field(default_factory=frozenset)
    notes: tuple[str, ...] = ()
    words: Mapping[str, Collection[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def require(self, name: str, what: str) -> Sequence[str]:
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
    return max(DELIMITERS, key=QUOTED.sub("", header).count)


def _csv(file: Path) -> Cells:
    in_lines = not GIVEN.fullmatch(file.name)
    where = f"'{file}'" if in_lines else "the table"
    read = _Read(where)
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            header = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=_delimiter(header), strict=True)
            read.begin([name.strip() for name in next(reader, [])])
            line = reader.line_num + 1  # in which the next row begins
            for place, row in enumerate(reader):
                number, line = line if in_lines else place, reader.line_num + 1
                read.row(number, row)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 text: {error.reason} at byte {error.start} (save it as UTF-8, "
            f"for instance iconv -f latin1 -t utf-8 {file.name})"
        ) from error
    except csv.Error as error:
        raise DataError(f"{where} is not a CSV file: {error}") from error
    return read.cells(file.name if in_lines else "", in_lines=in_lines)


class _Read:
    """Rows of a CSV file as columns, as they come."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.names: list[str] = []
        self.first = 0  # column with a name
        self.columns: list[Texts] = []
        self.words: dict[str, set[str]] = {}
        self.numbers: list[int] = []
        self.empty: list[int] = []
        self.blank: list[int] = []  # lines without anything, which are no rows at a file's end
        self.ragged: list[tuple[int, int]] = []
        self.rows: list[list[str]] = []

    def begin(self, names: list[str]) -> None:
        """Take the header."""
        if not any(names):
            raise DataError(f"{self.where} is empty; its first line names the columns")
        self.names = names
        self.first = int(len(names) > 1 and not names[0])  # R and pandas name rows there
        _require_names(names[self.first :], self.where, self.first + 1)
        self.columns = [Texts() for _ in names[self.first :]]

    def row(self, number: int, cells: list[str]) -> None:
        """Take a row."""
        if not cells:
            self.blank.append(number)
            return
        if self.blank:
            self.empty += self.blank
            self.blank = []
        if not any(map(str.strip, cells)):
            self.empty.append(number)
            return
        if len(cells) != len(self.names):
            self.ragged.append((number, len(cells)))
            return
        self.numbers.append(number)
        self.rows.append(cells)
        if len(self.rows) == CHUNK:
            self._columns()

    def _columns(self) -> None:
        """What was read since the last time, by column."""
        by_column = list(zip(*self.rows, strict=True))[self.first :]
        for name, column, cells in zip(
            self.names[self.first :], self.columns, by_column, strict=True
        ):
            text = MARK.join(cells)
            plain = text.isascii() and not any(space in text for space in SPACES)
            texts: Sequence[str] = cells if plain else list(map(str.strip, cells))
            odd = any(letter in text for letter in IN_WORDS)  # far faster than to look each up
            if odd and not WORDS.isdisjoint(texts):
                self.words.setdefault(name, set()).update(WORDS & set(texts))
                texts = ["" if text in WORDS else text for text in texts]
            column.extend(texts)
        self.rows = []

    def cells(self, file: str, *, in_lines: bool) -> Cells:
        """All of it."""
        if self.ragged:
            (number, length), more = self.ragged[0], len(self.ragged) - 1
            raise DataError(
                f"{self.where}: every row has as many cells as the header, {len(self.names)}; "
                f"{RowNames(file, [number], in_lines).place(0)} has {length}"
                f"{f', and {more} more lines differ' if more else ''} (put text that holds the "
                "delimiter into quotes)"
            )
        if not self.numbers:
            raise DataError(f"{self.where} has a header but no row")
        self._columns()
        start, stop = self.numbers[0], self.numbers[-1] + 1
        whole = stop - start == len(self.numbers)
        rows = RowNames(file, range(start, stop) if whole else self.numbers, in_lines, self.empty)
        columns = dict(zip(self.names[self.first :], self.columns, strict=True))
        notes = (f"the first column has no name: {ROW_NAMES}",) if self.first else ()
        return Cells(self.where, columns, rows, notes=notes, words=self.words)


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
    columns: dict[str, Sequence[str]] = {}
    words: dict[str, set[str]] = {}
    texts, faults, notes = set(), [], []
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
        held = ["" if v is None else str(v).strip() for v in column.to_pylist()]
        if not WORDS.isdisjoint(held):
            words[name] = set(WORDS.intersection(held))
            held = ["" if text in WORDS else text for text in held]
        columns[name] = Texts(held)
    if faults:
        raise DataError(
            f"{where}: cells are numbers, truth values or text; {'; '.join(faults)} (make columns "
            "of them, or take them out)"
        )
    rows = RowNames(file.name, range(table.num_rows), in_lines=False)
    filled = map(any, zip(*columns.values(), strict=True))
    empty = [i for i, some in enumerate(filled) if not some]
    if empty:
        kept = sorted(set(rows.numbers) - set(empty))
        columns = {name: _some(cells, kept) for name, cells in columns.items()}
        rows = RowNames(file.name, kept, in_lines=False, empty=empty)
    return Cells(where, columns, rows, frozenset(texts), tuple(notes), words)


def _some(cells: Sequence[str], kept: Sequence[int]) -> list[str]:
    whole = list(cells)
    return [whole[i] for i in kept]
