"""This process's share of the cameras: those of its shards, as the database has them now."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.predict import ExportedModel
from counterpoise.service.access.vault import Vault
from counterpoise.service.analyzer.frame import About
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import audit, cameras, credentials
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.leases import Leases
from counterpoise.service.resources.worker import Assigned, Worker
from counterpoise.service.runtime.device import Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.kinds import KINDS
from counterpoise.service.settings import Settings

LISTEN = 1.0  # seconds between two looks for what another process changed

log = logging.getLogger(__name__)


def worker_of(
    settings: Settings,
    model: ExportedModel | Program,
    number: int,
    recorder: Recorder,
    pictures: PictureStore,
    guard: EgressGuard,
) -> Worker:
    """A worker by the settings, which is not started."""
    return Worker(
        model,
        number,
        recorder,
        pictures,
        guard,
        threads=settings.threads,
        memory=settings.waiting << 20,
        silent=settings.silent,
        downloads=settings.downloads << 20,
        shadow_share=settings.shadow_share,
        log=log.warning,
    )


class Share:
    """Has the worker fetch from the cameras of the shards that this process holds.

    Args:
        engine: of the database.
        worker: fetches.
        recorder: hears of every frame.
        leases: say which shards are held.
        vault: keeps the passwords of cameras.
        look: is called at each look for what another process changed.
    """

    def __init__(
        self,
        engine: Engine,
        worker: Worker,
        recorder: Recorder,
        leases: Leases,
        vault: Vault,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine, self._worker, self._leases, self._vault = engine, worker, leases, vault
        self._recorder, self._look = recorder, look
        self._lock = threading.Lock()  # the last to read is the last to assign
        self._ended = threading.Event()
        self._heard = 0  # the newest line of the audit log that was acted upon
        self._listening = threading.Thread(target=self._listen, name="listen", daemon=True)

    def start(self) -> None:
        """Fetch from the cameras that are there, and take up what changes."""
        self._heard = self._last_change()
        self.reassign()
        self._leases.start(
            self.reassign, self._worker.is_done_with, self._recorder.mark, self._recorder.is_past
        )
        self._listening.start()

    def stop(self) -> None:
        """Take up nothing any more."""
        self._ended.set()
        self._listening.join()
        self._leases.stop()

    def reassign(self) -> None:
        """Fetch from the cameras that are active now, of those of this process."""
        with self._lock:
            with self._engine.connect() as connection:
                found = cameras.active(connection)
                secrets = credentials.every(connection)
            self._worker.assign(
                {
                    row["id"]: Assigned(
                        row["kind"],
                        Source(
                            row["url"],
                            row["interval"],
                            self._vault.open(secrets.get(row["id"]), row["url"]),
                        ),
                        row["stores_pictures"],
                        _about(row),
                    )
                    for row in self._leases.mine(found)
                    if row["kind"] in KINDS
                }
            )

    def hear(self) -> None:
        """Take up what changed since it was asked last."""
        last = self._last_change()
        if last > self._heard:
            self.reassign()
            self._heard = last
        self._look()

    def _listen(self) -> None:
        """Take up what another process, such as the command line, changes of the cameras."""
        while not self._ended.wait(LISTEN):
            try:
                self.hear()
            except SQLAlchemyError:  # locked or gone; the recorder says so
                continue
            except Exception:  # a defect of ours; cameras stay as they are assigned
                log.exception("changes of cameras")
                self._ended.wait(60)

    def _last_change(self) -> int:
        """The newest line of the audit log about cameras; whoever changes one writes one."""
        with self._engine.connect() as connection:
            return audit.last_about(connection, "camera", self._heard)


def _about(row: cameras.Row) -> About:
    latitude, longitude = row["latitude"], row["longitude"]
    return About(row["name"], None if latitude is None else (latitude, longitude))
