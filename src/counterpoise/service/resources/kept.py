"""How many pictures of each class are kept, and how their bytes are shared over the classes.

The bytes are shared equally over the classes that the model saw; what a class leaves of its share
goes to the others. So the pictures of a rare class, which are what a data set lacks, are thinned
last, whatever a frequent class brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, text

from counterpoise.service.database.tables import Result

PART = 50_000  # results that are counted at a time
COUNT = {
    dialect: text(
        f"SELECT label, count(*), CAST(sum(size) AS bigint) FROM results {how} "
        "WHERE id > :begin AND id <= :last AND picture > '' GROUP BY label"
    )
    for dialect, how in (("sqlite", "NOT INDEXED"), ("postgresql", ""))
}  # in the order of their numbers


@dataclass
class Kept:
    """Pictures of a class that are kept."""

    number: int = 0
    bytes: int = 0


def shares(sizes: Mapping[str, int], budget: int) -> dict[str, int]:
    """Bytes that each class may keep: equal ones, but none gets more than it has.

    >>> shares({"car": 900, "bus": 200, "horse": 30}, 430)
    {'horse': 30, 'bus': 200, 'car': 200}
    """
    left, found = budget, {}
    for i, (label, size) in enumerate(sorted(sizes.items(), key=lambda pair: pair[1])):
        found[label] = min(size, left // (len(sizes) - i))
        left -= found[label]
    return found


class KeptPictures:
    """Pictures of each class, counted a part of the results at a time.

    Args:
        engine: of the database.
        pause: waits between two parts; true where the counting is to end.
    """

    def __init__(self, engine: Engine, pause: Callable[[], bool]) -> None:
        self._engine, self._pause = engine, pause
        self.by_class: dict[str, Kept] = {}
        self.last = 0  # result that is counted

    def count(self) -> None:
        """Count all that is kept anew."""
        self.by_class, self.last = {}, 0
        self.count_new()

    def count_new(self) -> None:
        """Count what was recorded since."""
        with self._engine.connect() as connection:
            end = connection.scalar(select(func.max(Result.id))) or 0
        while self.last < end:
            last = min(self.last + PART, end)
            with self._engine.connect() as connection:
                count = COUNT[connection.dialect.name]
                rows = connection.execute(count, {"begin": self.last, "last": last}).all()
            for label, number, size in rows:
                kept = self.by_class.setdefault(label, Kept())
                kept.number += number
                kept.bytes += size
            self.last = last
            if last < end and self._pause():
                return
