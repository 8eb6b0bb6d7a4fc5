"""What each filter of the map may be set to: the values that cameras have, each found by one
search of an index, however many cameras there are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, text

from counterpoise.service.database.tables import CHOSEN

MOST = 500  # values of one filter: nobody picks among more

# From each value the next one is searched for. The index is a partial one, and so no search of
# cameras takes it in place of the index of names, by which they are sorted.
_VALUES = {
    column: text(
        "WITH RECURSIVE found(value, place) AS ("
        f"SELECT (SELECT min({column}) FROM cameras WHERE {column} != ''), 1 UNION ALL "
        f"SELECT (SELECT min({column}) FROM cameras WHERE {column} != '' AND {column} > value), "
        f"place + 1 FROM found WHERE value IS NOT NULL AND place < {MOST}) "
        "SELECT value FROM found WHERE value IS NOT NULL"
    )
    for column in CHOSEN
}


def choices(connection: Connection) -> dict[str, Sequence[str]]:
    """Filter -> the first `MOST` values that cameras have, in order."""
    found = {
        column: [value for value in connection.scalars(query) if isinstance(value, str)]
        for column, query in _VALUES.items()
    }
    return {"label" if name == "last_label" else name: values for name, values in found.items()}
