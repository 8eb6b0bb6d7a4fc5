"""Frames of one camera whose pictures are kept, spread over a stretch of time."""

from __future__ import annotations

from sqlalchemy import Connection, select

from counterpoise.service.database.tables import Result


def spread(
    connection: Connection, camera: int, begin: int, end: int, most: int
) -> list[tuple[int, str]]:
    """(when, key of the picture) of the first frame in each of `most` equal parts, if it has one.

    One search of an index for each part, however many frames there are.

    Args:
        connection: of the database.
        camera: its number.
        begin: microseconds since 1970.
        end: after it.
        most: parts.
    """
    found = []
    for part in range(most):
        first = begin + (end - begin) * part // most
        after = begin + (end - begin) * (part + 1) // most
        query = (
            select(Result.at, Result.picture)
            .where(Result.camera_id == camera, Result.at >= first, Result.at < after)
            .where(Result.picture > "")
            .order_by(Result.at)
            .limit(1)
        )
        row = connection.execute(query).first()
        if row is not None:
            found.append((int(row.at), str(row.picture)))
    return found
