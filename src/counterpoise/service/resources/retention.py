"""How long pictures and results are kept: by age, and pictures by bytes, the rarest class longest.

The bytes are shared over the classes by `kept.shares`. Within a class the oldest go.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, bindparam, delete, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service.database import audit, cameras
from counterpoise.service.database.label_pool import is_labelled, labelled_of
from counterpoise.service.database.tables import Camera, Result
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.kept import KeptPictures, shares
from counterpoise.service.resources.sweeping import Sweeping
from counterpoise.service.resources.thinning import Thinning

GONE = ""  # in place of the key of a picture that is not kept any more
BITE = 200  # rows of a transaction
PAUSE = 0.05  # seconds between two bites
STEP = 20.0  # seconds between two looks
AGAIN = 6 * 3600.0  # seconds until everything is counted anew
DAY = 86_400_000_000  # microseconds
KEPT = text("picture > ''")  # as the partial index says

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """What is kept; 0 stands for everything.

    Args:
        picture_days: of pictures.
        picture_bytes: of all pictures.
        result_days: of results; their totals stay.
        minute_days: of totals by minute; those by hour and day stay.
    """

    picture_days: float = 0.0
    picture_bytes: int = 0
    result_days: float = 0.0
    minute_days: float = 0.0


@dataclass(frozen=True)
class Account:
    """What is kept now, and what was removed since the server started."""

    number: int
    bytes: int
    pictures_removed: int
    results_removed: int
    minutes_removed: int  # totals of a camera, a class and a minute
    orphans_removed: int  # pictures that dead processes left
    error: str


@dataclass
class _State:
    heard: int = 0  # line of the audit log about a camera that was removed
    leaving: set[int] = field(default_factory=set)  # cameras that were, by the last look
    pictures_removed: int = 0
    results_removed: int = 0
    error: str = ""


class Retention:
    """Removes what is not to be kept, a little at a time, from a thread of its own.

    A picture is removed before its result says so, in bites: after a kill, the same bite is taken
    again. Labelled frames stay: people made few, and models are judged by them.

    Args:
        engine: of the database.
        pictures: the store.
        limits: of what is kept.
        clock: microseconds since 1970.
    """

    def __init__(
        self, engine: Engine, pictures: PictureStore, limits: Limits, clock: Callable[[], int]
    ) -> None:
        self._engine, self._pictures = engine, pictures
        self.limits, self._clock = limits, clock
        self._state = _State()
        self._ended = threading.Event()
        self._kept = KeptPictures(engine, lambda: self._ended.wait(PAUSE))
        self._sweeping = Sweeping(engine, pictures, clock, self._ended.is_set)
        self._minutes = Thinning(engine, limits.minute_days, lambda: self._ended.wait(PAUSE))
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    @property
    def account(self) -> Account:
        """What is kept, as far as it is counted."""
        state, kept = self._state, list(self._kept.by_class.values())
        return Account(
            number=sum(one.number for one in kept),
            bytes=sum(one.bytes for one in kept),
            pictures_removed=state.pictures_removed,
            results_removed=state.results_removed,
            minutes_removed=self._minutes.removed,
            orphans_removed=self._sweeping.removed,
            error=state.error,
        )

    def _run(self) -> None:
        looks = 0
        while not self._ended.is_set():
            try:
                if looks % int(AGAIN / STEP) == 0:
                    self.count()
                self.look()
                self._state.error = ""
            except SQLAlchemyError as error:  # locked, or its disk is full; it comes again
                self._state.error = type(error).__name__
                log.warning("retention waits for the database: %s", type(error).__name__)
            except Exception as error:  # a store that raises what it likes, or a defect of ours
                self._state.error = type(error).__name__
                log.exception("retention")
            looks += 1
            self._ended.wait(STEP)

    def count(self) -> None:
        """Count all that is kept anew, a part of the results at a time."""
        self._kept.count()

    def look(self) -> None:
        """Remove what is too old or too much now."""
        self._forget_cameras()
        self._sweeping.look()
        self._kept.count_new()
        now, limits = self._clock(), self.limits
        self._minutes.look(now // 1_000_000)
        if limits.result_days:
            self._remove_results(now - int(limits.result_days * DAY))
        if limits.picture_days:
            for label in sorted(self._kept.by_class):
                self._thin(label, before=now - int(limits.picture_days * DAY))
        if limits.picture_bytes:
            sizes = {label: kept.bytes for label, kept in self._kept.by_class.items()}
            for label, share in shares(sizes, limits.picture_bytes).items():
                self._thin(label, most=share)

    def _forget_cameras(self) -> None:
        """Remove the pictures of cameras that are gone: their results are, and say nothing of them.

        At the look after the one that hears of it, when none of their frames is on its way.
        """
        with self._engine.connect() as connection:
            lines = audit.since(connection, cameras.REMOVED, self._state.heard)
        for camera in self._state.leaving:
            if self._is_there(camera):  # another one, which has its number
                self._sweeping.reused(camera)
                continue
            for _day in self._pictures.forget(camera):
                if self._ended.is_set():
                    return
                if self._is_there(camera):
                    self._sweeping.reused(camera)
                    break
        self._state.leaving = {int(detail.partition(":")[0]) for _, detail in lines}
        if lines:
            self._state.heard = lines[-1][0]
            self.count()  # else what was theirs would be taken from the others

    def _is_there(self, camera: int) -> bool:
        with self._engine.connect() as connection:
            return connection.scalar(select(Camera.id).where(Camera.id == camera)) is not None

    def _thin(self, label: str, before: int | None = None, most: int | None = None) -> None:
        """Remove the oldest pictures of a class, while they are too old or too many bytes."""
        kept = self._kept.by_class[label]
        query = (
            select(Result.id, Result.camera_id, Result.picture, Result.size, Result.at)
            .where(KEPT, Result.label == label, Result.id <= self._kept.last, ~is_labelled())
            .order_by(Result.id)
            .limit(BITE)
        )
        while not self._ended.is_set():
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
            size, going = kept.bytes, []
            for row in rows:
                is_over = (before is not None and row.at < before) or (
                    most is not None and size > most
                )
                if not is_over:
                    break
                size -= row.size
                going.append(row)
            if not going:
                if not rows:
                    with self._engine.connect() as connection:
                        kept.number, kept.bytes = labelled_of(connection, label)
                    if not kept.number:
                        del self._kept.by_class[label]
                return
            self._pictures.drop_all([row.picture for row in going])
            with self._engine.begin() as connection:
                _forget(connection, [(row.id, row.camera_id, row.picture) for row in going])
            kept.number -= len(going)
            kept.bytes = size
            self._state.pictures_removed += len(going)
            if len(going) < len(rows) or self._ended.wait(PAUSE):
                return

    def _remove_results(self, before: int) -> None:
        """Results came in the order of their numbers, so the oldest have the lowest."""
        query = select(
            Result.id, Result.camera_id, Result.picture, Result.size, Result.at, Result.label
        ).where(~is_labelled()).order_by(Result.id).limit(BITE)  # fmt: skip
        while not self._ended.is_set():
            with self._engine.connect() as connection:
                rows = connection.execute(query).all()
            going = [row for row in rows if row.at < before]
            self._pictures.drop_all([row.picture for row in going if row.picture])
            if going:
                with self._engine.begin() as connection:
                    shown = [(r.id, r.camera_id, r.picture) for r in going if r.picture]
                    _forget(connection, shown)
                    connection.execute(delete(Result).where(Result.id.in_([r.id for r in going])))
            for row in going:
                if row.picture and (kept := self._kept.by_class.get(row.label)):
                    kept.number -= 1
                    kept.bytes -= row.size
                    self._state.pictures_removed += 1
            self._state.results_removed += len(going)
            if len(going) < BITE:
                return
            self._ended.wait(PAUSE)


def _forget(connection: Connection, going: list[tuple[int, int, str]]) -> None:
    """These results, and their cameras, name no picture any more."""
    if not going:
        return
    numbers = [number for number, _, _ in going]
    connection.execute(update(Result).where(Result.id.in_(numbers)).values(picture=GONE))
    last = update(Camera).where(
        Camera.id == bindparam("number"), Camera.last_picture == bindparam("gone")
    )
    connection.execute(
        last.values(last_picture=GONE),
        [{"number": camera, "gone": key} for _, camera, key in going],
    )
