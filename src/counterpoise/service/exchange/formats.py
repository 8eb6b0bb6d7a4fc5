"""Rows of a file, in whichever of the three formats it is written.

A field that a file does not mention is not in the row; one that it leaves empty is None.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoise.errors import DataError
from counterpoise.service.exchange.spreadsheet import as_it_was

FORMATS = ("csv", "json", "geojson")
LARGEST = 64 << 20  # bytes of a file
MOST = 200_000  # rows of a file
COLUMNS = 1000  # of a row of CSV
SHOWN = 80  # characters of what arrived that a report repeats


@dataclass(frozen=True)
class Refused:
    """What is wrong with one field of one row.

    Args:
        where: line, item or feature, counted as a person counts.
        field: that is wrong; empty where it is the row.
        rule: that it breaks.
        got: what arrived, cut short.
    """

    where: str
    field: str
    rule: str
    got: str = ""

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        return f"{self.where}: {field}{self.rule}" + (f"; got {self.got}" if self.got else "")


@dataclass(frozen=True)
class RawRow:
    """A row as it stands in the file, not checked yet."""

    where: str
    values: Mapping[str, object]


def rows(content: bytes) -> Iterator[RawRow | Refused]:
    """The rows of a file, or why one of them is none.

    Raises:
        DataError: the file as a whole is none of the three formats, or too large.
    """
    if len(content) > LARGEST:
        raise DataError(
            f"a file has at most {LARGEST} bytes; got {len(content)} (cut it into several)"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"a file is written in UTF-8; byte {error.start + 1} is not (save it as UTF-8)"
        ) from None
    if not text.strip():
        raise DataError("the file is empty")
    found = _json_rows(text) if text.lstrip()[0] in "{[" else _csv_rows(text)
    for number, row in enumerate(found):
        if number == MOST:
            raise DataError(f"a file has at most {MOST} rows (cut it into several)")
        yield row


def shown(value: object) -> str:
    """What arrived, as a report repeats it: one short line of printable characters."""
    text = ascii(value) if not isinstance(value, str) else f"'{value}'"
    text = text.encode("utf-8", "backslashreplace").decode()
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: SHOWN + 1])
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _csv_rows(text: str) -> Iterator[RawRow | Refused]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    begin = 0
    while True:
        begin, where = reader.line_num, f"line {reader.line_num + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if not names:
                raise DataError(f"{where}: {error}") from None
            yield Refused(where, "", f"no row of CSV: {error}")
            if reader.line_num == begin:
                break
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = _header(cells)
        elif len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            rule = f"the header has {len(names)} columns, this row {len(cells)}"
            yield Refused(where, "", rule, shown(cells[len(names)]))
        else:
            given = dict(zip(names, cells, strict=False))
            yield RawRow(
                where,
                {
                    name: as_it_was(cell) if cell.strip() else None
                    for name, cell in given.items()
                    if name
                },
            )


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    if len(names) > COLUMNS:
        raise DataError(f"a header has at most {COLUMNS} columns; got {len(names)}")
    twice = sorted(name for name, number in Counter(names).items() if name and number > 1)
    if twice:
        raise DataError(f"the header has the column {shown(twice[0])} twice")
    return names


def _json_rows(text: str) -> Iterator[RawRow | Refused]:
    try:
        whole = json.loads(text)
    except RecursionError:
        raise DataError("the JSON is nested too deeply") from None
    except ValueError as error:
        raise DataError(f"the file is no JSON: {error}") from None
    if isinstance(whole, dict) and whole.get("type") == "FeatureCollection":
        yield from _features(whole.get("features"))
        return
    items = whole.get("cameras") if isinstance(whole, dict) else whole
    if not isinstance(items, list):
        raise DataError(
            "a JSON file is a list of cameras, {'cameras': [...]}, or a FeatureCollection of "
            "GeoJSON; this one is none"
        )
    for number, item in enumerate(items, 1):
        where = f"item {number}"
        if isinstance(item, dict):
            yield RawRow(where, item)
        else:
            yield Refused(where, "", "a camera is an object {...}", shown(item))


def _features(features: object) -> Iterator[RawRow | Refused]:
    if not isinstance(features, list):
        raise DataError("a FeatureCollection has a list of features; this one has none")
    for number, feature in enumerate(features, 1):
        where = f"feature {number}"
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            yield Refused(where, "", "its type is Feature", shown(feature))
            continue
        properties = feature.get("properties")
        if properties is None:
            properties = {}
        if not isinstance(properties, dict):
            yield Refused(where, "properties", "they are an object {...}", shown(properties))
            continue
        place = _point(feature.get("geometry"))
        if place is None:
            rule = "it is a Point with [longitude, latitude], or null"
            yield Refused(where, "geometry", rule, shown(feature.get("geometry")))
        else:
            yield RawRow(where, properties | place)


def _point(geometry: Any) -> dict[str, object] | None:
    """Latitude and longitude of a geometry; nothing where it is null; None where it is another."""
    if geometry is None:
        return {}
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    numbers = geometry.get("coordinates")
    if not isinstance(numbers, list) or not 2 <= len(numbers) <= 3:
        return None
    if not all(isinstance(n, int | float) and not isinstance(n, bool) for n in numbers):
        return None
    return {"longitude": numbers[0], "latitude": numbers[1]}
