"""Removes totals by minute that are too old, a little at a time."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from counterpoise.service.database import minutes

BITE = 1000  # rows of a transaction, which takes some milliseconds
DAY, HOUR = 86_400, 3600  # seconds


class Thinning:
    """Has minutes removed when their hour is over, and looks at nothing before.

    Args:
        engine: of the database.
        days: that minutes are kept; 0 for ever.
        pause: waits between two bites, and says whether it is the end.
    """

    def __init__(self, engine: Engine, days: float, pause: Callable[[], bool]) -> None:
        self._engine, self._days, self._pause = engine, days, pause
        self._done = 0  # what began before it is removed
        self.removed = 0  # of cameras, since the server started

    def look(self, now: int) -> None:
        """Remove what is too old at `now`, in seconds since 1970."""
        # An hour more than asked: what is asked for by the minute begins within it.
        before = int(now - self._days * DAY) // HOUR * HOUR - HOUR
        if not self._days or before <= self._done:
            return
        # Those of all cameras first: by them a page knows which minutes are there.
        if self._overall(before) and self._of_cameras(before):
            self._done = before

    def _overall(self, before: int) -> bool:
        while True:
            with self._engine.begin() as connection:
                number = minutes.remove_overall(connection, before, BITE)
            if number < BITE:
                return True
            if self._pause():
                return False

    def _of_cameras(self, before: int) -> bool:
        camera = 0
        while True:
            with self._engine.connect() as connection:
                rows = minutes.oldest(connection, camera, before, BITE)
            if rows:
                with self._engine.begin() as connection:
                    removed = minutes.remove(connection, rows)
                camera = rows[-1].camera_id + (not removed)  # else the same would come again
                self.removed += removed
            if len(rows) < BITE:
                return True
            if self._pause():
                return False
