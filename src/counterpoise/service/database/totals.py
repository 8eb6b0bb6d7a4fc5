"""Counts of each class over time, kept as results come: what a page asks of millions of results.

Each result is counted in its minute, hour and day, once for its camera and once for all cameras
together. A stretch of time is put together of the fewest of these: whole days, and at its ends
hours and minutes. Those by minute are removed after a while (`minutes.py`); a stretch that begins
or ends before is of whole hours there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, TextClause, delete, select, text

from counterpoise.service.database.dialect import adding
from counterpoise.service.database.tables import OverallTotal, Total

Numbers = dict[tuple[Any, ...], float]

LENGTHS = (60, 3600, 86400)  # seconds of a minute, hour and day
_KEY = ("seconds", "begin", "model_id", "label")


class Counted(Protocol):
    """A result, as far as it is counted."""

    @property
    def camera(self) -> int: ...
    @property
    def model(self) -> int: ...
    @property
    def at(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def probability(self) -> float | None: ...


@dataclass(frozen=True)
class Span:
    """From `begin` to before `end`, in seconds since 1970; both are whole minutes."""

    begin: int
    end: int


class Count(NamedTuple):
    """How often a model saw a class from `begin` on, for `seconds`.

    Args:
        probability: the sum of what the model gave the class; 0 for a model of margins.
    """

    seconds: int
    begin: int
    model: int
    label: str
    number: int
    probability: float


def add(connection: Connection, results: Sequence[Counted]) -> None:
    """Count results."""
    numbers: Numbers = defaultdict(int)
    shares: Numbers = defaultdict(float)
    for result in results:
        second = result.at // 1_000_000
        for length in LENGTHS:
            key = (result.camera, length, second - second % length, result.model, result.label)
            numbers[key] += 1
            shares[key] += result.probability or 0.0
    _add(connection, Total, ("camera_id", *_KEY), numbers, shares)
    of_all: Numbers = defaultdict(int)
    sums: Numbers = defaultdict(float)
    for key, number in numbers.items():
        of_all[key[1:]] += number
        sums[key[1:]] += shares[key]
    _add(connection, OverallTotal, _KEY, of_all, sums)


def _add(
    connection: Connection,
    table: type[Total] | type[OverallTotal],
    names: tuple[str, ...],
    numbers: Numbers,
    shares: Numbers,
) -> None:
    statement = adding(connection, table, names, ["number", "probability"])
    rows = [
        dict(zip(names, key, strict=True)) | {"number": number, "probability": shares[key]}
        for key, number in numbers.items()
    ]
    connection.execute(statement, rows)


FOR_EVER = 1 << 62  # seconds since 1970


def forget(connection: Connection, camera: int) -> None:
    """Take a camera's results out of the counts."""
    while forget_some(connection, camera, 100_000):
        pass


def forget_some(connection: Connection, camera: int, number: int) -> bool:
    """Take about so many counts of a camera out of those of all; whether there are more."""
    mine = Total.camera_id == camera
    keys = select(Total.seconds, Total.begin).where(mine).order_by(Total.seconds, Total.begin)
    first = connection.execute(keys.limit(1)).first()
    if first is None:
        return False
    length = first.seconds
    query = keys.where(Total.seconds == length).limit(1).offset(number - 1)
    upper = connection.execute(query).first()
    last = FOR_EVER if upper is None else upper.begin
    part = {"camera": camera, "seconds": length, "first": first.begin, "last": last}
    connection.execute(_TAKE_OUT, part)
    for table in (OverallTotal, Total):
        which = [table.seconds == length, table.begin >= first.begin, table.begin <= last]
        which.append(mine if table is Total else OverallTotal.number <= 0)
        connection.execute(delete(table).where(*which))
    return True


_TAKE_OUT = text(
    "UPDATE overall_totals SET number = overall_totals.number - t.number, "
    "probability = overall_totals.probability - t.probability "
    "FROM totals AS t WHERE t.camera_id = :camera AND t.seconds = :seconds "
    "AND t.begin >= :first AND t.begin <= :last AND t.seconds = overall_totals.seconds "
    "AND t.begin = overall_totals.begin AND t.model_id = overall_totals.model_id "
    "AND t.label = overall_totals.label"
)


def parts(span: Span) -> list[tuple[int, int, int]]:
    """(length, begin, end) of the fewest days, hours and minutes that make up a span.

    >>> parts(Span(3540, 7260))  # one minute, one hour, one minute
    [(60, 3540, 3600), (3600, 3600, 7200), (60, 7200, 7260)]
    """
    return list(_parts(span.begin, span.end, len(LENGTHS) - 1))


def _parts(begin: int, end: int, level: int) -> Iterator[tuple[int, int, int]]:
    length = LENGTHS[level]
    first, last = -(-begin // length) * length, end // length * length
    if level == 0 or first < last:
        if level and begin < first:
            yield from _parts(begin, first, level - 1)
        if first < last:
            yield length, first, last
        if level and last < end:
            yield from _parts(last, end, level - 1)
    elif begin < end:
        yield from _parts(begin, end, level - 1)


def over_time(
    connection: Connection,
    ranges: Sequence[tuple[int, int, int]],
    cameras: Sequence[int] | None = None,
    model: int | None = None,
) -> list[Count]:
    """The counts in ranges of `parts`, in no order, of some cameras together or of all."""
    if cameras is None:
        query = _OVERALL
        given: dict[str, object] = {}
    else:
        query, given = _OF_CAMERAS, {"cameras": json.dumps(list(cameras))}
    given |= {"ranges": json.dumps(list(ranges)), "model": model}
    return [Count._make(row) for row in connection.execute(query[connection.dialect.name], given)]


# What is written {so} is another in each dialect.
_JSON = {
    "sqlite": {
        "ranges": "json_each(:ranges) AS r",
        "cameras": "json_each(:cameras) AS j",
        "camera": "j.value",
        "part": "json_extract(r.value, '$[%d]')",
        "object": "json_group_object(label, number)",
    },
    "postgresql": {
        "ranges": "jsonb_array_elements(CAST(:ranges AS jsonb)) AS r(value)",
        "cameras": "jsonb_array_elements(CAST(:cameras AS jsonb)) AS j(value)",
        "camera": "CAST(j.value AS bigint)",
        "part": "CAST(r.value ->> %d AS bigint)",
        "object": "coalesce(CAST(json_object_agg(label, number) AS text), '{}')",
    },
}


def _query(sql: str) -> dict[str, TextClause]:
    """The query in each dialect."""
    found = {}
    for name, words in _JSON.items():
        parts = {f"part{n}": words["part"] % n for n in range(3)}
        found[name] = text(sql.format(**words, **parts))
    return found


_RANGE = (
    "t.seconds = {part0} AND t.begin >= {part1} AND t.begin < {part2} "
    "AND (CAST(:model AS bigint) IS NULL OR t.model_id = :model)"
)
# CROSS JOIN keeps SQLite to this order: one search of the index for each camera and range.
_OVERALL = _query(
    "SELECT t.seconds, t.begin, t.model_id, t.label, t.number, t.probability "
    f"FROM {{ranges}} CROSS JOIN overall_totals AS t WHERE {_RANGE}"
)
_OF_CAMERAS = _query(
    "SELECT t.seconds, t.begin, t.model_id, t.label, CAST(sum(t.number) AS bigint), "
    "sum(t.probability) FROM {cameras} CROSS JOIN {ranges} CROSS JOIN totals AS t "
    f"WHERE t.camera_id = {{camera}} AND {_RANGE} GROUP BY 1, 2, 3, 4"
)


def by_camera(
    connection: Connection,
    span: Span,
    cameras: Sequence[int] | None = None,
    model: int | None = None,
) -> dict[int, dict[str, int]]:
    """Camera -> class -> how often it was seen, of those that saw anything."""
    given = {"ranges": json.dumps(parts(span)), "model": model, "since": span.begin * 1_000_000}
    if cameras is None:
        query = _BY_EACH
    else:
        query, given = _BY_SOME, given | {"cameras": json.dumps(list(cameras))}
    return {
        camera: json.loads(counts)
        for camera, counts in connection.execute(query[connection.dialect.name], given)
        if counts != "{}"
    }


# A sort for each camera, of its few rows, is several times as fast as one sort of all rows.
_COUNTS = (
    "(SELECT {object} FROM (SELECT t.label, sum(t.number) AS number "
    f"FROM {{ranges}} CROSS JOIN totals AS t WHERE t.camera_id = c.id AND {_RANGE} "
    "GROUP BY t.label) AS seen)"
)
_BY_EACH = _query(f"SELECT c.id, {_COUNTS} FROM cameras AS c WHERE c.last_frame >= :since")
_BY_SOME = _query(
    f"SELECT c.id, {_COUNTS} FROM {{cameras}} CROSS JOIN cameras AS c "
    "WHERE c.id = {camera} AND c.last_frame >= :since"
)
