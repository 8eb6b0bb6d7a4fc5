"""Writes results and the account together, a few times a second, from one thread."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, case, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import OperationalError

from counterpoise.service.database import totals
from counterpoise.service.database.account import ANALYSED, DROPPED, FETCHED, LOST
from counterpoise.service.database.tables import (
    Account,
    Camera,
    HealthChange,
    Model,
    Result,
)

LATE = 0.2  # seconds that a result waits at most for others
RETRY = 0.5  # seconds, when the database is locked or its disk is full


@dataclass(frozen=True)
class Analysed:
    """A result on its way into the database."""

    camera: int
    model: int
    at: int
    label: str
    probability: float | None
    scores: bytes | None
    picture: str | None
    width: int
    height: int
    size: int


@dataclass(frozen=True)
class Changed:
    """A change of a camera's health."""

    camera: int
    at: int
    state: str
    reason: str
    detail: str


@dataclass
class _Batch:
    account: Counter[tuple[int, str]] = field(default_factory=Counter)
    results: list[Analysed] = field(default_factory=list)
    changes: list[Changed] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.account or self.results or self.changes)


class Recorder:
    """Takes what happened from any thread, and commits it in batches, in order.

    A batch that cannot be written is tried again until it can: nothing is forgotten meanwhile, and
    `waiting` says how many results stand behind it.

    Args:
        engine: of the database.
        clock: microseconds since 1970, UTC.
        heard: called with each batch of results that is committed.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        heard: Callable[[Sequence[Analysed]], None] = lambda results: None,
    ) -> None:
        self._engine, self._clock, self._heard = engine, clock, heard
        self._lock = threading.Lock()
        self._batch = _Batch()
        self._filled = threading.Event()
        self._stopped = threading.Event()
        self._behind = 0
        self.error = ""  # why the last attempt to write failed
        self._thread = threading.Thread(target=self._write_for_ever, name="recorder", daemon=True)

    def start(self) -> None:
        """Close the account of a server that was killed, and begin to write."""
        with self._engine.begin() as connection:
            _close(connection)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stopped.set()
        self._filled.set()
        self._thread.join()

    @property
    def waiting(self) -> int:
        """Results that are not committed yet."""
        with self._lock:
            return self._behind + len(self._batch.results)

    def fetched(self, camera: int) -> None:
        """The last byte of a frame arrived."""
        self._count(camera, FETCHED)

    def dropped(self, camera: int, reason: str) -> None:
        """A fetched frame will have no result."""
        self._count(camera, DROPPED + reason)

    def analysed(self, results: Sequence[Analysed]) -> None:
        """Fetched frames have results."""
        with self._lock:
            self._batch.results += results
            self._batch.account.update((result.camera, ANALYSED) for result in results)
        self._filled.set()

    def changed(self, change: Changed) -> None:
        """A camera's health changed."""
        with self._lock:
            self._batch.changes.append(change)
        self._filled.set()

    def model(self, digest: str, name: str, classes: Sequence[str]) -> int:
        """The number of a model, which is new or known."""
        with self._engine.begin() as connection:
            connection.execute(
                upsert(Model)
                .values(digest=digest, name=name, classes=json.dumps(classes), since=self._clock())
                .on_conflict_do_nothing()
            )
            found = connection.scalar(select(Model.id).where(Model.digest == digest))
        assert found is not None
        return found

    def _count(self, camera: int, what: str) -> None:
        with self._lock:
            self._batch.account[camera, what] += 1
        self._filled.set()

    def _write_for_ever(self) -> None:
        while True:
            self._filled.wait()
            if not self._stopped.is_set():
                self._stopped.wait(LATE / 2)  # others come meanwhile
            with self._lock:
                batch, self._batch = self._batch, _Batch()
                self._behind = len(batch.results)
                self._filled.clear()
            if batch:
                self._write(batch)
            elif self._stopped.is_set():
                return
            if self._stopped.is_set():
                self._filled.set()

    def _write(self, batch: _Batch) -> None:
        while True:
            try:
                with self._engine.begin() as connection:
                    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
                    _record(connection, batch, self._clock())
            except OperationalError as error:
                self.error = str(error.orig)
                time.sleep(RETRY)
            else:
                self.error = ""
                with self._lock:
                    self._behind = 0
                if batch.results:
                    self._heard(batch.results)
                return


def _close(connection: Connection) -> None:
    """What was in flight when a server was killed is dropped, for that reason."""
    signed = func.sum(case((Account.what == FETCHED, Account.number), else_=-Account.number))
    query = select(Account.camera_id, signed).group_by(Account.camera_id).having(signed > 0)
    _add(connection, {(camera, DROPPED + LOST): int(n) for camera, n in connection.execute(query)})


def _record(connection: Connection, batch: _Batch, now: int) -> None:
    known = _known(connection, batch)
    _add(connection, {k: n for k, n in batch.account.items() if k[0] in known})
    results = [result for result in batch.results if result.camera in known]
    changes = [change for change in batch.changes if change.camera in known]
    if results:
        connection.execute(insert(Result), [_row(result, now) for result in results])
        totals.add(connection, results)
    for last in {result.camera: result for result in results}.values():
        seen = {"last_frame": last.at, "last_label": last.label}
        if last.picture:
            seen["last_picture"] = last.picture
        connection.execute(update(Camera).where(Camera.id == last.camera).values(seen))
    for change in changes:
        connection.execute(
            insert(HealthChange).values(
                camera_id=change.camera,
                at=change.at,
                state=change.state,
                reason=change.reason,
                detail=change.detail,
            )
        )
        connection.execute(
            update(Camera)
            .where(Camera.id == change.camera)
            .values(health=change.state, reason=change.reason, health_since=change.at)
        )


def _known(connection: Connection, batch: _Batch) -> set[int]:
    """Cameras of the batch that are there still: what a deleted one leaves goes with it."""
    named = {camera for camera, _ in batch.account}
    named |= {result.camera for result in batch.results}
    named |= {change.camera for change in batch.changes}
    found: set[int] = set()
    for start in range(0, len(named), 500):
        some = sorted(named)[start : start + 500]
        found.update(connection.scalars(select(Camera.id).where(Camera.id.in_(some))))
    return found


def _row(result: Analysed, now: int) -> dict[str, object]:
    return {
        "camera_id": result.camera,
        "model_id": result.model,
        "at": result.at,
        "recorded": now,
        "label": result.label,
        "probability": result.probability,
        "scores": result.scores,
        "picture": result.picture,
        "width": result.width,
        "height": result.height,
        "size": result.size,
    }


def _add(connection: Connection, numbers: dict[tuple[int, str], int]) -> None:
    rows = [
        {"camera_id": camera, "what": what, "number": number}
        for (camera, what), number in numbers.items()
    ]
    if rows:
        new = upsert(Account)
        statement = new.on_conflict_do_update(
            index_elements=["camera_id", "what"],
            set_={"number": Account.number + new.excluded.number},
        )
        connection.execute(statement, rows)
