"""A camera's row as it is stored, whoever wrote it: each value is of its column's type.

What a person says of a camera is checked when it arrives (`CameraFields`). A row may have come in
another way: by an older version, from a backup, by SQL. It is read, shown and exported all the
same, and what cannot be true of a camera is left out of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping

from counterpoise.service.database.tables import Camera

LAST = 253_402_300_799_000_000  # microseconds: the end of the year 9999, which dates end with
INTERVAL = 0.1, 86_400.0, 4.0  # seconds: the least, the most, and where there is none


def stored(row: RowMapping) -> dict[str, Any]:
    """The row, with what no camera can have left out.

    >>> row = dict.fromkeys(Camera.__table__.columns.keys(), "") | {"latitude": 91.0, "interval": 0}
    >>> found = stored(row)
    >>> found["latitude"], found["interval"]
    (None, 0.1)
    """
    found = {name: READ[name](row[name]) for name in READ}
    if found["latitude"] is None or found["longitude"] is None:
        found["latitude"] = found["longitude"] = None
    return found


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= LAST else None


def _degrees(most: float) -> Callable[[object], float | None]:
    def read(value: object) -> float | None:
        is_there = isinstance(value, int | float) and -most <= value <= most
        return float(value) if is_there else None  # type: ignore[arg-type]

    return read


def _interval(value: object) -> float:
    least, most, otherwise = INTERVAL
    if not isinstance(value, int | float) or math.isnan(value):
        return otherwise
    return float(min(most, max(least, value)))


_OTHERS: dict[str, Callable[[object], Any]] = {
    "id": lambda value: value,
    "interval": _interval,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "stores_pictures": bool,
    "is_active": bool,
    "missing_since": _moment,
    "health_since": _moment,
    "last_frame": _moment,
}
READ = {column.key: _OTHERS.get(column.key, _text) for column in Camera.__table__.columns}
