"""Has a process say in the database how it does, so that the pages of another one show it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from sqlalchemy import Engine

from counterpoise.service.database import reports
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.shards import Process
from counterpoise.service.database.standstill import end_who_stands_still
from counterpoise.service.resources.leases import Leases
from counterpoise.service.resources.worker import Worker

EVERY = 2.0  # seconds between two reports

log = logging.getLogger(__name__)


class Reporting:
    """Says how this process does.

    Args:
        engine: of the database.
        leases: the shards that it holds.
        worker: fetches and analyses.
        recorder: hears of every frame.
        clock: microseconds since 1970.
        about: the name of the model, and why pictures are not stored (empty when they are).
    """

    def __init__(
        self, engine: Engine, leases: Leases, worker: Worker, recorder: Recorder,
        clock: Callable[[], int], about: Callable[[], tuple[str, str]],
    ) -> None:  # fmt: skip
        self._engine, self._leases, self._worker = engine, leases, worker
        self._recorder, self._clock, self._about = recorder, clock, about
        self._since = clock()
        self._at = 0.0  # monotonic seconds of the last report
        self._of = ""  # whom that was of

    def numbers(self) -> Numbers:
        """How it does now."""
        pace, waiting, told = self._worker.pace.recent(), self._worker.waiting, self._recorder.told
        model, fault = self._about()
        return Numbers(
            fetched=told.fetched,
            analysed=told.analysed,
            dropped=told.dropped,
            rate=pace.rate,
            busy=pace.busy,
            possible=pace.possible,
            waiting=len(waiting),
            waiting_bytes=waiting.bytes,
            waiting_most=waiting.most,
            unwritten=self._recorder.waiting,
            model=model,
            fault=self._recorder.error or fault,
        )

    def look(self) -> None:
        """Say it, where it is time to; one that began anew has another report."""
        me = self._leases.me
        if me == self._of and time.monotonic() - self._at < EVERY:
            return
        process = Process(me, self._leases.name, self._leases.role, self._since, 0, 0)
        with self._engine.begin() as connection:
            reports.tell(
                connection, process, self._leases.held.keys(), self._clock(), self.numbers()
            )
        with self._engine.begin() as connection:
            if end_who_stands_still(connection):
                log.warning("a process stood still while it recorded: its transaction is undone")
        self._at, self._of = time.monotonic(), me
