"""The running system without its pages: database, worker, recorder and pictures."""

from __future__ import annotations

import logging
import shutil
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, select

from counterpoise.errors import ArgumentError
from counterpoise.predict import ExportedModel
from counterpoise.service.access.vault import KEY, Vault
from counterpoise.service.alerts.drifting import Drifting, reference_of
from counterpoise.service.alerts.shifting import Shifting
from counterpoise.service.alerts.watch import Watch
from counterpoise.service.alerts.webhook import Deliverer, guard_of
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.engine import identity, open_database, owned
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Model
from counterpoise.service.exchange.refreshing import FOLDER as CATALOGUES
from counterpoise.service.exchange.refreshing import Catalogues
from counterpoise.service.gazetteer.gazetteer import Gazetteer
from counterpoise.service.labelling.desk import LabelDesk
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion import choosing
from counterpoise.service.promotion.following import Following
from counterpoise.service.promotion.travelling import copies_of
from counterpoise.service.resources.leases import Leases
from counterpoise.service.resources.reporting import Reporting
from counterpoise.service.resources.retention import Limits, Retention
from counterpoise.service.resources.worker import Worker
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.egress import (
    PORTS,
    EgressGuard,
    host_rate,
    port_number,
    private_network,
)
from counterpoise.service.settings import Settings
from counterpoise.service.share import Share, worker_of

DEMO = "demo"  # the folder of the demo, within the server's
UPLOADS = "uploads"  # files that wait to be confirmed

log = logging.getLogger(__name__)


class System(AbstractContextManager["System"]):
    """Fetches, analyses and records while it is open; used as ``with``.

    Args:
        settings: of the server.
        model: that analyses, or a program that does; a program is closed with it.
        name: of the model, for pages.
        emulator: address and port of the demo's cameras, which nothing else may use.

    Raises:
        OutputError: another server works in the folder.
        ArgumentError: the database cannot be opened, or a private network or port is none.
    """

    engine: Engine
    recorder: Recorder
    worker: Worker
    pictures: PictureStore
    places: Gazetteer
    retention: Retention
    catalogues: Catalogues
    shifting: Shifting
    watch: Watch
    following: Following
    labelling: LabelDesk
    leases: Leases
    share: Share
    reporting: Reporting

    def __init__(
        self,
        settings: Settings,
        model: ExportedModel | Program,
        name: str,
        emulator: tuple[str, int] | None = None,
    ) -> None:
        self.settings, self.model, self.name = settings, model, name
        self.guard = guard(settings, emulator)
        self.vault = vault(settings)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        settings = self.settings
        settings.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            stack.callback(lambda: _close(self.model))
            stack.enter_context(owned(settings.folder, DATABASE))
            shutil.rmtree(settings.folder / UPLOADS, ignore_errors=True)  # that nobody confirmed
            self.engine = open_database(place(settings.folder, settings.database))
            stack.callback(self.engine.dispose)
            self._file = identity(settings.folder / DATABASE)
            self.places = Gazetteer(settings.folder)
            self.pictures = PictureStore(settings.picture_store)
            if settings.pictures:
                self.pictures.require_working()
            self.leases = Leases(self.engine, settings.role, now)
            self.recorder = recorder = Recorder(
                self.engine, now, refused=self._forget_picture, admit=self.leases.admit
            )
            choosing.known_as(self.engine, self.model)
            given = self.recorder.model(self.model.digest, self.name, self.model.classes)
            copies = copies_of(settings)
            self.model, self.name, number = choosing.at_start(
                self.engine, copies, self.model, given, self.name, now()
            )  # it may come from afar, for longer than a lease
            self.leases.join()
            stack.callback(lambda: self.leases.leave(recorder.error))
            self.recorder.start()
            stack.callback(self.recorder.stop)
            self.worker = worker_of(
                settings, self.model, number, self.recorder, self.pictures, self.guard
            )
            self.worker.start()
            stack.callback(self.worker.stop)  # before the recorder, which then writes the rest
            self.following = Following(
                self.engine, copies, self.pictures, self.worker.shadowing, self._run,
                lambda: self.model, number, now,
            )  # fmt: skip
            self.following.start()
            stack.callback(self.following.stop)
            self.catalogues = Catalogues(
                self.engine, self.guard, settings.folder / CATALOGUES, self.places, now
            )
            self.catalogues.start()
            stack.callback(self.catalogues.stop)
            self.reporting = Reporting(
                self.engine, self.leases, self.worker, self.recorder, now,
                lambda: (self.name, self.pictures.error),
            )  # fmt: skip
            self.reporting.look()
            self.share = Share(
                self.engine, self.worker, self.recorder, self.leases, self.vault,
                self.reporting.look,
            )  # fmt: skip
            self.share.start()
            stack.callback(self.share.stop)
            drifting = Drifting(lambda: reference_of(self.model, self.following.running))
            self.shifting = Shifting(self.engine, self.pictures, lambda: self.model, now)
            self.watch = Watch(
                self.engine, settings.folder, self.why_not_stored, now, drifting,
                shifted=self.shifting.said,
            )  # fmt: skip
            deliverer = Deliverer(self.engine, guard_of(self.guard), now)
            limits = Limits(
                settings.keep_picture_days,
                int(settings.keep_picture_gb * 1e9),
                settings.keep_result_days,
                settings.keep_minute_days,
            )
            self.retention = Retention(self.engine, self.pictures, limits, now)
            self.labelling = LabelDesk(
                self.engine, self.pictures, lambda: self.model, settings.folder,
                settings.label_rules, now, settings.retrain_with,
            )  # fmt: skip
            for part in (self.watch, deliverer, self.retention, self.labelling):
                part.start()
                stack.callback(part.stop)
            self._open = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def reassign(self) -> None:
        """Fetch from the cameras that are active now."""
        self.share.reassign()

    def use(self, model: ExportedModel | Program, name: str) -> None:
        """Analyse by another model from the next frames on; results say by which one they are.

        Raises:
            ArgumentError: it takes another kind of samples than the one before, or is the one in
                place of which another was promoted.
        """
        if model.kind != self.model.kind:
            raise ArgumentError(
                f"{name} takes {model.kind}s, and the model that runs takes {self.model.kind}s: "
                "serve it from a folder of its own"
            )
        choosing.known_as(self.engine, model)
        number = self.recorder.model(model.digest, name, model.classes)
        choosing.loaded_again(self.engine, self.settings.folder, model, number, name, now())
        self._run(model, name, number)
        self.following.told(number)

    def _run(self, model: ExportedModel | Program, name: str, number: int) -> None:
        before, self.model, self.name = self.model, model, name
        self.worker.use(model, number)
        _close(before)

    def _forget_picture(self, result: Analysed) -> None:
        """No result says of this picture."""
        if result.picture:
            self.pictures.drop(result.picture)

    def why_not_stored(self) -> str:
        """Why pictures or results are not stored now; empty when they are."""
        return self._changed_file() or self.recorder.error or self.pictures.error

    def is_ready(self) -> str:
        """Why it cannot work now; empty when it can."""
        with self.engine.connect() as connection:
            connection.execute(select(Model.id).limit(1))
        return self._changed_file() or self.leases.error or self.recorder.error

    def _changed_file(self) -> str:
        """Says so where the database's file is not the one that was opened."""
        if self.settings.database or identity(self.settings.folder / DATABASE) == self._file:
            return ""
        return f"{DATABASE} was removed or exchanged while the server runs: end it and restore it"


def guard(settings: Settings, emulator: tuple[str, int] | None = None) -> EgressGuard:
    """What may be connected to, by the settings.

    Raises:
        ArgumentError: a private network or port is none.
    """
    return EgressGuard(
        networks=tuple(private_network(text) for text in settings.private_networks),
        ports=PORTS | {port_number(text) for text in settings.ports},
        emulator=emulator,
        folders=tuple(Path(text) for text in settings.replay_folders),
        rates=dict(host_rate(text) for text in settings.host_rates),
        rate=settings.host_rate,
    )


def no_database(folder: Path) -> str:
    """Says so of a folder without one, and where one is that may be meant."""
    return f"{folder} holds no database; counterpoise serve makes it{in_demo(folder)}"


def in_demo(folder: Path) -> str:
    """Where the demo's database is, in brackets; empty if there is none."""
    there = (folder / DEMO / DATABASE).is_file()
    return f" (the demo's is in {folder / DEMO}: --folder {folder / DEMO})" if there else ""


def vault(settings: Settings) -> Vault:
    """What keeps the passwords of cameras; a worker has the key of the server, and makes none."""
    return Vault(settings.key_file or settings.folder / KEY, makes=settings.role != "worker")


def _close(model: ExportedModel | Program) -> None:
    """End a program's processes: those that analyse a frame, when they are done with it."""
    if isinstance(model, Program):
        model.close()
