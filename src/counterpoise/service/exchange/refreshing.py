"""Catalogues are read again and again, in the background, through the guard."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import DataError
from counterpoise.service.database import catalogue_runs
from counterpoise.service.database.catalogue_runs import Run
from counterpoise.service.exchange.checking import checked
from counterpoise.service.exchange.formats import LARGEST, RawRow, Refused
from counterpoise.service.exchange.importing import merge
from counterpoise.service.exchange.mapping import Catalogue, load, mapped
from counterpoise.service.exchange.places import Places
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher

FOLDER = "catalogues"  # in the server's
STEP = 5.0  # seconds between two looks for what is due
TOLD = 50  # refused rows of a run that are kept
LONGEST = 100  # characters of a name

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listed:
    """A file of the folder.

    Args:
        name: of the file, without its ending.
        catalogue: what it says; None if it says nothing of use.
        fault: why not.
    """

    name: str
    catalogue: Catalogue | None
    fault: str = ""


class Catalogues:
    """Refreshes each catalogue of a folder when it is due, until it is stopped.

    Args:
        engine: of the database.
        guard: of what may be fetched.
        folder: of the ``.toml`` files.
        places: completes places.
        clock: microseconds since 1970.
    """

    def __init__(
        self,
        engine: Engine,
        guard: EgressGuard,
        folder: Path,
        places: Places,
        clock: Callable[[], int],
    ) -> None:
        self._engine, self._guard, self._folder = engine, guard, folder
        self._places, self._clock = places, clock
        self._stop, self._wake = threading.Event(), threading.Event()
        self._asked: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="catalogues", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a list that is on its way is let go."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def ask(self, name: str) -> None:
        """Refresh one soon, though it is not due."""
        self._asked.add(name)
        self._wake.set()

    def listed(self) -> list[Listed]:
        """Every catalogue, by name."""
        found = []
        for file in sorted(self._folder.glob("*.toml")):
            name = file.stem[:LONGEST]
            try:
                found.append(Listed(name, load(file)))
            except DataError as error:
                found.append(Listed(name, None, str(error)))
        return found

    def refresh(self, name: str, catalogue: Catalogue) -> Run:
        """Fetch a list and take it over, in one transaction; whatever comes of it is logged."""
        try:
            run = self._taken_over(name, catalogue, self._fetched(catalogue.url))
        except (DataError, DeviceError) as error:
            run = Run(name, self._clock(), fault=str(error)[:500])
            with self._engine.begin() as connection:
                catalogue_runs.keep(connection, run)
        return run

    def _taken_over(self, name: str, catalogue: Catalogue, content: bytes) -> Run:
        keys: set[str] = set()
        found: list[RawRow | Refused] = []
        for key, row in mapped(catalogue, name, content):
            found.append(row)
            if key:
                keys.add(key)
        if not keys:
            raise DataError("the list has no camera; those that are known stay as they are")
        whole = checked(found, self._guard)
        by, at = f"catalogue {name}", self._clock()
        with self._engine.begin() as connection:
            report = merge(
                connection, whole, at, by, source=name, places=self._places, catalogue=name
            )
            gone, back = catalogue_runs.mark(connection, name, keys, at, by)
            run = Run(
                name, at, report.added, report.changed + back, gone, report.rows_refused,
                detail="\n".join(str(refused) for refused in report.refused[:TOLD]),
            )  # fmt: skip
            catalogue_runs.keep(connection, run)
        return run

    def _run(self) -> None:
        while not self._stop.is_set():
            for one in self.listed():
                if self._stop.is_set():
                    return
                try:
                    if one.catalogue is not None and self._is_due(one.name, one.catalogue):
                        self.refresh(one.name, one.catalogue)
                except SQLAlchemyError as error:  # it is due again at the next look
                    log.warning("catalogue %s: %s", one.name, type(error).__name__)
                except _StoppedError:
                    return
                except Exception:
                    log.exception("catalogue %s", one.name)
                    self._stop.wait(60)
            self._wake.wait(STEP)
            self._wake.clear()

    def _is_due(self, name: str, catalogue: Catalogue) -> bool:
        if name in self._asked:
            self._asked.discard(name)
            return True
        with self._engine.connect() as connection:
            before = catalogue_runs.runs(connection, name, 1)
        if not before:
            return True
        since = self._clock() - before[0].at  # below 0 once the clock was set back
        return not 0 <= since < catalogue.refresh_minutes * 60e6

    def _fetched(self, url: str) -> bytes:
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(self._until_stopped(url))
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()  # asyncio.run would wait for a name server that does not answer

    async def _until_stopped(self, url: str) -> bytes:
        task = asyncio.ensure_future(self._content(url))
        while not task.done():
            await asyncio.wait({task}, timeout=0.2)
            if self._stop.is_set():
                task.cancel()
                await asyncio.wait({task})
                raise _StoppedError
        return task.result()

    async def _content(self, url: str) -> bytes:
        async with Fetcher(self._guard) as fetcher, fetcher.open(url) as response:
            return await fetcher.read(response, LARGEST)


class _StoppedError(Exception):
    """The server ends."""
