"""A worker: fetches, analyses and records its share of the cameras, and has no pages."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import model_choices
from counterpoise.service.database.address import place
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.keeping import kept
from counterpoise.service.resources.leases import Leases
from counterpoise.service.resources.worker import Worker
from counterpoise.service.runtime.clock import now
from counterpoise.service.settings import Settings
from counterpoise.service.share import Share, worker_of
from counterpoise.service.system import guard, no_database, vault

AGAIN = 60.0  # seconds until a model that could not be loaded is tried again

log = logging.getLogger(__name__)


class Working(AbstractContextManager["Working"]):
    """Works while it is open, on the database of a server with pages; used as ``with``.

    It runs the model that the server runs: its own, where that is the same; else the copy in the
    server's folder.

    Args:
        settings: of the server.
        model: that analyses, or a program that does; a program is closed with it.
        name: of the model, for pages.
        emulator: address and port of the demo's cameras.

    Raises:
        ArgumentError: there is no database yet, a private network or port is none, or pictures
            cannot be kept.
    """

    leases: Leases
    worker: Worker
    recorder: Recorder

    def __init__(
        self,
        settings: Settings,
        model: ExportedModel | Program,
        name: str,
        emulator: tuple[str, int] | None = None,
    ) -> None:
        self.settings, self.model, self.name = settings, model, name
        self._given = model
        self._guard, self._vault = guard(settings, emulator), vault(settings)
        self._open = ExitStack()
        self._refused = -1  # number of the model that could not be loaded
        self._again = 0.0  # monotonic seconds, when it is tried again

    def __enter__(self) -> Self:
        settings = self.settings
        where = place(settings.folder, settings.database)
        if isinstance(where, Path) and not where.is_file():
            raise ArgumentError(
                f"{no_database(settings.folder)}: start it with --role web, and then its workers"
            )
        with ExitStack() as stack:
            if isinstance(self.model, Program):
                stack.callback(self.model.close)
            self._engine = open_database(where)
            stack.callback(self._engine.dispose)
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
            self._follow_model()
            share = Share(
                self._engine, self.worker, self.recorder, self.leases, self._vault,
                self._follow_model,
            )  # fmt: skip
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

    def _follow_model(self) -> None:
        """Run the model that the server runs; where it cannot be loaded, the one before goes on."""
        with self._engine.connect() as connection:
            wanted = model_choices.current(connection)
        if wanted is None or wanted.model == self.running:
            return
        is_said = wanted.model == self._refused
        if is_said and monotonic() < self._again:
            return
        is_own = wanted.digest == self._given.digest
        try:
            model = self._given if is_own else kept(self.settings.folder, wanted.digest)
        except CounterpoiseError as error:
            self._refused, self._again = wanted.model, monotonic() + AGAIN
            if not is_said:
                log.error(
                    "%s goes on, though the server runs %s, which is not here: %s (share the "
                    "server's folder, or start the worker with that model)",
                    self.name, wanted.name, error,
                )  # fmt: skip
            return
        self._refused = -1
        self.model, self.name, self.running = model, wanted.name, wanted.model
        self.worker.use(model, wanted.model)

    def _forget_picture(self, result: Analysed) -> None:
        if result.picture:
            self._pictures.drop(result.picture)
