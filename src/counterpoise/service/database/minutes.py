"""Totals by minute, which are kept for a while only: one an hour and one a day stay for each.

A camera that sees two classes has 120 of them an hour, and two by the hour.
"""

from __future__ import annotations

from sqlalchemy import Connection, Row, func, select, text

from counterpoise.service.database.tables import OverallTotal
from counterpoise.service.database.totals import Span

HOUR = 3600
ALL = 2**62  # later than anything


def kept_since(connection: Connection) -> int:
    """From which full hour on all minutes are there; 0 when none was removed yet.

    As the totals say it, and not as a setting does, which may have been another one.
    """
    hours, minutes = (
        connection.scalar(select(func.min(OverallTotal.begin)).where(OverallTotal.seconds == n))
        for n in (HOUR, 60)
    )
    if hours is None:
        return 0
    if minutes is None:
        return ALL
    return 0 if minutes < hours + HOUR else -(-minutes // HOUR) * HOUR


def whole(span: Span, since: int) -> Span:
    """A span whose ends are full hours where no minutes are kept.

    >>> whole(Span(3660, 86460), since=7200)
    Span(begin=3600, end=86460)
    """
    begin, end = span.begin, span.end
    if begin < since:
        begin -= begin % HOUR
    if end < since:
        end += -end % HOUR
    return Span(begin, end)


def remove_overall(connection: Connection, before: int, most: int) -> int:
    """Remove `most` of the oldest minutes of all cameras together; how many there were.

    Args:
        before: seconds since 1970; those that begin before it go.
    """
    return connection.execute(_OVERALL, {"before": before, "most": most}).rowcount


def oldest(
    connection: Connection, camera: int, before: int, most: int
) -> list[Row[tuple[int, int, int, str]]]:
    """`most` old minutes of cameras from this number on, in the order of the cameras."""
    given = {"camera": camera, "before": before, "most": most}
    return list(connection.execute(_OF_CAMERAS, given))


def remove(connection: Connection, rows: list[Row[tuple[int, int, int, str]]]) -> int:
    """Remove what `oldest` found; how many there were, which a label that is no text is not of."""
    return connection.execute(_ROW, [row._asdict() for row in rows]).rowcount


_OVERALL = text(
    "DELETE FROM overall_totals WHERE (seconds, begin, model_id, label) IN "
    "(SELECT seconds, begin, model_id, label FROM overall_totals "
    "WHERE seconds = 60 AND begin < :before ORDER BY begin LIMIT :most)"
)
# One search of the key for each camera, which no sort follows.
_OF_CAMERAS = text(
    "SELECT t.camera_id, t.begin, t.model_id, t.label FROM cameras AS c CROSS JOIN totals AS t "
    "WHERE c.id >= :camera AND t.camera_id = c.id AND t.seconds = 60 AND t.begin < :before "
    "ORDER BY c.id LIMIT :most"
)
_ROW = text(
    "DELETE FROM totals WHERE camera_id = :camera_id AND seconds = 60 AND begin = :begin "
    "AND model_id = :model_id AND label = :label"
)
