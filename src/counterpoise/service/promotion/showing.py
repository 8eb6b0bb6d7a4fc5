"""Has a process show its frames to the candidate that the database says; all processes do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import CounterpoiseError
from counterpoise.service.database import candidates
from counterpoise.service.database.candidates import Known
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.promotion.patience import Patience
from counterpoise.service.promotion.travelling import Copies
from counterpoise.service.resources.shadowing import Shadowed, Shadowing

WRITE = 2.0  # seconds between two writes of what a candidate saw

log = logging.getLogger(__name__)


class Showing:
    """Shows the frames of this process to a candidate, and adds what it saw to the database.

    Args:
        engine: of the database.
        copies: of models.
        shadowing: shows frames to a candidate.
        clock: microseconds since 1970.
        decides: whether a candidate that cannot be loaded here is broken, for everybody, unless the
            store may give it later; else this process leaves it out, says so, and tries again. One
            that fails at work is broken wherever it does.
    """

    def __init__(
        self, engine: Engine, copies: Copies, shadowing: Shadowing, clock: Callable[[], int],
        *, decides: bool,
    ) -> None:  # fmt: skip
        self._engine, self._copies, self._shadowing = engine, copies, shadowing
        self._clock, self._decides = clock, decides
        self._patience = Patience()
        self.waits = False  # for a candidate that the store may give later
        self._lock = threading.RLock()  # one change at a time, by whichever thread
        self._written = 0.0
        self._unwritten: list[Shadowed] = []  # what it saw, until that is in the database

    def sync(self, running: int) -> None:
        """Show frames to the candidate of the database, which is none where it runs itself.

        Args:
            running: number of the model that this process runs.
        """
        with self._lock:
            with self._engine.connect() as connection:
                wanted = candidates.shadowed(connection)
            if wanted is not None and wanted.model == running:
                wanted = None
            self.waits = False
            shown = self._shadowing.shown
            if (wanted and wanted.id) != (shown and shown[0]):
                self._add(self._shadowing.stop())
                if wanted is not None:
                    self._begin(wanted)

    def _begin(self, wanted: Known) -> None:
        if not self._patience.may_try(wanted.id):
            self.waits = True
            return
        try:
            model = self._copies.get(wanted.digest)
        except CounterpoiseError as error:
            self.waits = self._copies.may_come(error)
            if self._decides and not self.waits:
                log.error("%s cannot be shown frames: %s", wanted.name, error)
                self._broke(wanted.id, self._copies.said(error))
            elif self._patience.is_to_be_said(error):
                log.warning("%s sees no frames of this process: %s", wanted.name, error)
            return
        self._patience.forget()
        self._shadowing.start(wanted.id, model)

    def write(self) -> None:
        """Add what the candidate saw, where it is time to."""
        if time.monotonic() - self._written < WRITE:
            return
        self._written = time.monotonic()
        with self._lock:
            self._add(self._shadowing.taken())

    def stop(self) -> None:
        """End, with what the candidate saw in the database."""
        try:
            with self._lock:
                self._add(self._shadowing.stop())
        except SQLAlchemyError as error:
            log.warning("the last frames of a candidate are not counted: %s", type(error).__name__)

    def _add(self, saw: Shadowed | None) -> None:
        """Write what it saw, and what could not be written before."""
        if saw:
            self._unwritten.append(saw)
        while self._unwritten:
            one = self._unwritten[0]
            with self._engine.begin() as connection:
                if one.fault:  # first, as whoever changes a candidate does
                    one_at_a_time(connection, "changes")
                candidates.count(
                    connection, one.candidate, one.pairs, one.seen, one.skipped, one.failed,
                    one.seconds,
                )  # fmt: skip
                if one.fault:
                    candidates.broke(connection, one.candidate, one.fault, self._clock())
            self._unwritten.pop(0)
            if one.fault:
                self._ended(one.candidate, one.fault)

    def _broke(self, number: int, why: str) -> None:
        with self._engine.begin() as connection:
            candidates.broke(connection, number, why, self._clock())
        self._ended(number, why)

    def _ended(self, number: int, why: str) -> None:
        log.error("candidate %d is broken, and the model that runs goes on: %s", number, why)
        shown = self._shadowing.shown
        if shown is not None and shown[0] == number:
            self._shadowing.stop()
