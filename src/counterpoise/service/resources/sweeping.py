"""Pictures that a process stored, and died before it recorded their results, are removed.

A picture is stored before its result says so. Of a process that was killed in between, the store
keeps pictures that nothing names; they are of the cameras that it had, from about its last beat on.
Neither does anything name those of a camera that was removed, whose number another one has now, as
SQLite gives the largest number again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from counterpoise.service.database import reports
from counterpoise.service.database.reports import Report
from counterpoise.service.database.shards import SENDERS, shard_of
from counterpoise.service.database.tables import Camera, Result
from counterpoise.service.pictures.store import PictureStore

SECOND = 1_000_000  # microseconds
HOUR = 3600 * SECOND
BEFORE = 900 * SECOND  # a frame of that long before the last beat may have waited until then
SETTLED = 300 * SECOND  # what arrived so long ago is recorded by now, if somebody has it


@dataclass
class _Dead:
    """A process whose pictures are looked for, and those that nothing named at the first look."""

    report: Report
    unnamed: list[str] | None = None


class Sweeping:
    """Looks for pictures that nothing names, of processes that died.

    Two looks have to find them so, since a database that was away may be a moment behind.

    Args:
        engine: of the database.
        pictures: the store.
        clock: microseconds since 1970.
        is_ended: whether to leave off.
    """

    def __init__(
        self, engine: Engine, pictures: PictureStore, clock: Callable[[], int],
        is_ended: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self._engine, self._pictures = engine, pictures
        self._clock, self._is_ended = clock, is_ended
        self._dead: dict[str, _Dead] = {}
        self._done: set[str] = set()
        self._reused: dict[int, int] = {}  # cameras, and when it was heard of the one before
        self.removed = 0  # since it began

    def reused(self, camera: int) -> None:
        """Pictures of a camera until now may be of another one, which had its number."""
        self._reused[camera] = self._clock()

    def look(self) -> None:
        """Take up processes that died some minutes ago, and remove what two looks found."""
        with self._engine.connect() as connection:
            told = reports.every(connection)
        settled = self._clock() - SETTLED
        self._done &= {report.id for report in told}
        for report in told:
            is_due = report.ended is not None and max(report.ended, report.last) <= settled
            if is_due and report.id not in self._done:
                self._dead.setdefault(report.id, _Dead(report))
        for one in list(self._dead.values()):
            if self._is_ended():
                return
            if one.unnamed is None:
                one.unnamed = list(self._unnamed(one.report, settled))
                if one.unnamed:
                    continue
            with self._engine.connect() as connection:
                going = _of_none(connection, one.unnamed)
            self._drop(going)
            del self._dead[one.report.id]
            self._done.add(one.report.id)
        for camera, until in list(self._reused.items()):
            if until <= settled and self._is_swept(camera, until):
                del self._reused[camera]

    def _is_swept(self, camera: int, until: int) -> bool:
        """Remove pictures of a camera that no result names; False if it was left off."""
        for keys in self._pictures.each_day(camera):
            if self._is_ended():
                return False
            with self._engine.connect() as connection:
                going = _of_none(connection, [key for key in keys if _at(key) <= until])
            self._drop(going)
        return True

    def _drop(self, keys: list[str]) -> None:
        self._pictures.drop_all(keys)
        self.removed += len(keys)

    def _unnamed(self, report: Report, settled: int) -> Iterator[str]:
        """Pictures of its cameras since about its last beat that no result names."""
        begin = report.last - BEFORE
        with self._engine.connect() as connection:
            rows = connection.execute(select(Camera.id, Camera.kind)).all()
        mine = [n for n, kind in rows if shard_of(n, kind in SENDERS) in set(report.shards)]
        for camera in mine:
            for hour in range(begin - begin % HOUR, settled, HOUR):
                if self._is_ended():
                    return
                keys = self._pictures.keys(camera, hour)
                within = [key for key in keys if begin <= _at(key) <= settled]
                with self._engine.connect() as connection:
                    yield from _of_none(connection, within)


def _of_none(connection: Connection, keys: list[str]) -> list[str]:
    """Those of some pictures that no result names."""
    named: set[str] = set()
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        which = (
            Result.camera_id.in_({int(key.partition("/")[0]) for key in some}),
            Result.at.in_({_at(key) for key in some}),
        )
        named.update(connection.scalars(select(Result.picture).where(*which, Result.picture != "")))
    return [key for key in keys if key not in named]


def _at(key: str) -> int:
    """When the frame arrived, microseconds since 1970."""
    return int(key.rpartition("/")[2].partition(".")[0])
