"""Writes results and the account together, a few times a second, from one thread."""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service.database.account import ANALYSED, DROPPED, FETCHED
from counterpoise.service.database.batch import Analysed, Batch, Changed, close_account, record
from counterpoise.service.database.dialect import transaction, unless_there, was_committed
from counterpoise.service.database.isolating import halves, in_place, is_of_a_row, lost, said
from counterpoise.service.database.tables import Model

LATE = 0.2  # seconds that a result waits at most for others
RETRY = 0.5  # seconds, when the database is locked or its disk is full
GIVE_UP = 10.0  # seconds that a database which cannot be written holds up the end of the server
SURE = 1000  # results of a transaction that is tried again whole
MOST = 20_000  # results that wait for the database, before no more frames are analysed

log = logging.getLogger(__name__)


@dataclass
class Told:
    """How many frames it was told of since it began, whether they are written or not."""

    fetched: int = 0
    analysed: int = 0
    dropped: int = 0


class Recorder:
    """Takes what happened from any thread, and commits it in batches, in order.

    A batch that cannot be written is tried again until it can: nothing is forgotten meanwhile, and
    `waiting` says how many results stand behind it. A large one that fails is tried again in parts,
    since a process that has too much to do may be slower over it than its server waits. When too
    many results wait (`is_full`), those who analyse do, so that memory is bounded; frames are then
    dropped where they queue. A row that can never be written, whatever the state of the database,
    is found by halving its batch; its frame is dropped for that reason, and all others are written.

    Args:
        engine: of the database.
        clock: microseconds since 1970, UTC.
        heard: called with each batch of results that is committed.
        refused: called with each result that is dropped because the database refuses it.
        admit: gives what of a batch this process may write, within the transaction that does; it
            also sees to the account of those before it.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Callable[[], int],
        heard: Callable[[Sequence[Analysed]], None] = lambda results: None,
        refused: Callable[[Analysed], None] = lambda result: None,
        admit: Callable[[Connection, Batch], Batch] | None = None,
    ) -> None:
        self._engine, self._clock = engine, clock
        self._heard, self._refused, self._admit = heard, refused, admit
        self._lock = threading.Lock()
        self._batch = Batch()
        self._filled = threading.Event()
        self._stopped = threading.Event()
        self._behind = 0
        self._doubtful: str | None = None  # a transaction whose commit was not answered
        self._mine = Batch()  # what that wrote
        self._begun = self._ended = 0  # batches that were taken to be written, and are done with
        self._until = math.inf  # monotonic seconds: no attempt to write begins after it
        self.told = Told()
        self.commits = 0  # batches that are in the database
        self.error = ""  # why the last attempt to write failed
        self._thread = threading.Thread(target=self._write_for_ever, name="recorder", daemon=True)

    def start(self) -> None:
        """Close the account of a server that was killed, and begin to write."""
        if self._admit is None:
            with self._engine.begin() as connection:
                close_account(connection)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end; a database that cannot be written has `GIVE_UP` seconds."""
        self._until = time.monotonic() + GIVE_UP
        self._stopped.set()
        self._filled.set()
        self._thread.join()

    @property
    def waiting(self) -> int:
        """Results that are not committed yet."""
        with self._lock:
            return self._behind + len(self._batch.results)

    @property
    def is_full(self) -> bool:
        """Whether so many results wait that there should be no more for now."""
        return self.waiting >= MOST

    def mark(self) -> int:
        """Stands for all that was told until now; see `is_past`."""
        with self._lock:
            return self._begun + bool(self._batch)

    def is_past(self, mark: int) -> bool:
        """Whether all that was told until then is written."""
        return self._ended >= mark

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
            self.told.analysed += len(results)
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
                unless_there(connection, Model).values(
                    digest=digest, name=name, classes=json.dumps(classes), since=self._clock()
                )
            )
            found = connection.scalar(select(Model.id).where(Model.digest == digest))
        assert found is not None
        return found

    def _count(self, camera: int, what: str) -> None:
        with self._lock:
            self._batch.account[camera, what] += 1
            if what == FETCHED:
                self.told.fetched += 1
            else:
                self.told.dropped += 1
        self._filled.set()

    def _write_for_ever(self) -> None:
        while True:
            self._filled.wait()
            if not self._stopped.is_set():
                self._stopped.wait(LATE / 2)  # others come meanwhile
            with self._lock:
                batch, self._batch = self._batch, Batch()
                self._behind = len(batch.results)
                self._begun += 1
                self._filled.clear()
            if batch:
                self._write(batch)
            elif self._stopped.is_set():
                return
            self._ended = self._begun
            if self._stopped.is_set():
                self._filled.set()

    def _write(self, batch: Batch) -> None:
        """Write all of it, in as few transactions as its rows allow."""
        left, refused = [batch], list[str]()
        while left:
            part = left.pop()
            if self._is_written(part):
                continue
            two = halves(part)
            if two is not None:
                left += reversed(two)
            elif why := self._refusal(part):
                refused.append(why)
            else:
                left.append(part)
            if left and time.monotonic() > self._until:
                number = sum(len(one.results) for one in left)
                log.error("%d results are lost: %s", number, self.error)
                self._doubtful = None
                break
        if refused:
            log.error("%d rows are refused; the first: %s", len(refused), refused[0])
        with self._lock:
            self._behind = 0

    def _is_written(self, batch: Batch) -> bool:
        """Try until it is, until an error says something of a row in it, or once a large one."""
        while True:
            error = self._failure(batch)
            if error is None:
                self._heard(batch.results)
                return True
            if is_of_a_row(error) or time.monotonic() > self._until:
                return False
            time.sleep(RETRY)
            if len(batch.results) > SURE and self._doubtful is None:  # else it may be there
                return False

    def _refusal(self, unit: Batch) -> str:
        """Write something else in place of a row that is refused; what, and why.

        Where that is refused, too, it is no fault of the row, which waits: empty.
        """
        error = self._failure(unit)  # again: its camera may have been removed meanwhile
        if error is None:
            self._heard(unit.results)
            return "one that is written at the second try"
        if not is_of_a_row(error) or self._failure(in_place(unit)) is not None:
            self.error = said(error)
            time.sleep(RETRY)
            return ""
        for result in unit.results:
            self._refused(result)
        return lost(unit, error)

    def _failure(self, batch: Batch) -> Exception | None:
        """Try to write; why it was not."""
        try:
            with self._engine.begin() as connection:
                if self._doubtful is None or not was_committed(connection, self._doubtful):
                    self._doubtful = None
                    self._mine = batch if self._admit is None else self._admit(connection, batch)
                    record(connection, self._mine, self._clock())
                    self._doubtful = transaction(connection)
            self._doubtful = None
        except Exception as error:  # one that is no SQLAlchemyError is a defect of ours
            if is_of_a_row(error):
                self._doubtful = None
                return error
            if not isinstance(error, SQLAlchemyError) and not self.error:
                log.exception("results wait")
            self.error = said(error)
            return error
        self.error = ""
        self.commits += 1
        if len(self._mine.results) < len(batch.results):  # they are another process's to have
            ours = set(map(id, self._mine.results))
            for result in batch.results:
                if id(result) not in ours:
                    self._refused(result)
        return None
