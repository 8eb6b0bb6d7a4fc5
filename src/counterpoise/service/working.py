"""A worker: fetches, analyses and records its share of the cameras, and has no pages."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database.address import place
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.choosing import known_as
from counterpoise.service.promotion.heeding import Heeding, running_model
from counterpoise.service.promotion.showing import Showing
from counterpoise.service.promotion.travelling import copies_of
from counterpoise.service.resources.leases import Leases
from counterpoise.service.resources.reporting import Reporting
from counterpoise.service.resources.worker import Worker
from counterpoise.service.runtime.clock import now
from counterpoise.service.settings import Settings
from counterpoise.service.share import Share, worker_of
from counterpoise.service.system import guard, no_database, vault


class Working(AbstractContextManager["Working"]):
    """Works while it is open, on the database of a server with pages; used as ``with``.

    It runs the model that the server runs: its own, where that is the same; else the copy in its
    folder, or in the store.

    Args:
        settings: of the server.
        model: that analyses, or a program that does; a program is closed with it. None for the
            model that the server runs.
        name: of the model, for pages.
        emulator: address and port of the demo's cameras.

    Raises:
        ArgumentError: there is no database yet, a private network or port is none, or pictures
            cannot be kept.
        CheckpointError: no model is given, and that of the server cannot be had.
    """

    leases: Leases
    worker: Worker
    recorder: Recorder
    model: ExportedModel | Program

    def __init__(
        self,
        settings: Settings,
        model: ExportedModel | Program | None,
        name: str,
        emulator: tuple[str, int] | None = None,
    ) -> None:
        self.settings, self.name = settings, name
        self._given = model
        self._guard, self._vault = guard(settings, emulator), vault(settings)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        settings = self.settings
        where = place(settings.folder, settings.database)
        if isinstance(where, Path) and not where.is_file():
            raise ArgumentError(
                f"{no_database(settings.folder)}: start it with --role web, and then its workers"
            )
        with ExitStack() as stack:
            if isinstance(self._given, Program):
                stack.callback(self._given.close)
            self._engine = open_database(where)
            stack.callback(self._engine.dispose)
            copies = copies_of(settings)
            if self._given is None:
                self.model, self.name = running_model(self._engine, copies)
            else:
                self.model = self._given
                known_as(self._engine, self.model)
            self._pictures = PictureStore(settings.picture_store)
            if settings.pictures:
                self._pictures.require_working()
            self.leases = Leases(self._engine, "worker", now)
            self.leases.join()
            self.recorder = recorder = Recorder(
                self._engine, now, refused=self._forget_picture, admit=self.leases.admit
            )
            stack.callback(lambda: self.leases.leave(recorder.error))
            self.recorder.start()
            stack.callback(self.recorder.stop)
            self.running = self.recorder.model(self.model.digest, self.name, self.model.classes)
            self.worker = worker_of(
                settings, self.model, self.running, self.recorder, self._pictures, self._guard
            )
            self.worker.start()
            stack.callback(self.worker.stop)
            showing = Showing(self._engine, copies, self.worker.shadowing, now, decides=False)
            heeding = Heeding(
                self._engine, copies, self.model, self.name, self.running, self._run, showing
            )
            stack.callback(showing.stop)
            reporting = Reporting(
                self._engine, self.leases, self.worker, self.recorder, now,
                lambda: (self.name, self._pictures.error),
            )  # fmt: skip

            def look() -> None:
                reporting.look()
                heeding.look()

            look()
            share = Share(self._engine, self.worker, self.recorder, self.leases, self._vault, look)
            share.start()
            stack.callback(share.stop)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def _run(self, model: ExportedModel | Program, name: str, number: int) -> None:
        self.model, self.name, self.running = model, name, number
        self.worker.use(model, number)

    def _forget_picture(self, result: Analysed) -> None:
        if result.picture:
            self._pictures.drop(result.picture)
