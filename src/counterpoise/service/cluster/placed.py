"""The worker that Ray has on a machine of its cluster, and starts again where it dies.

Loading this file loads little: a new process says at once that it is another one, so that others
have the cameras of the one before; what it works with is loaded after that, from its thread.
"""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.errors import CounterpoiseError, OutputError
from counterpoise.service.cluster.parcel import Parcel
from counterpoise.service.memory import memory_given_back, set_aside_what_stays, use_one_heap
from counterpoise.version import __version__

if TYPE_CHECKING:
    from counterpoise.service.analyzer.program import Program
    from counterpoise.service.resources.leases import Leases
    from counterpoise.service.settings import Settings

AGAIN = 1.0  # seconds until what did not start is tried again
CALL = 60.0  # seconds of a call that fails when this process ends
END = 60.0  # seconds for what was fetched to be recorded

log = logging.getLogger(__name__)


class Placed:
    """Works from the moment it is made until it is told to end, whatever fails meanwhile.

    Args:
        parcel: of the server.
        identity: of the server.
    """

    def __init__(self, parcel: Parcel, identity: str) -> None:
        self._parcel, self._identity = parcel, identity
        self._fault, self._process = "", secrets.token_hex(8)  # another one where Ray begins it
        self._settings: Settings | None = None
        self._leases: Leases | None = None
        self._ended = threading.Event()
        use_one_heap()
        self._thread = threading.Thread(target=self._keep, name="worker", daemon=True)
        self._thread.start()

    def state(self) -> tuple[str, str, str]:
        """Why it does not work now, its name in the database, and its process's own name.

        The first is a line, empty where it works or begins; the second is empty where it does not
        work yet.
        """
        leases = self._leases
        return self._fault, "" if leases is None else leases.me, self._process

    def until_end(self) -> None:
        """Last as long as it works, but not long, as whoever called may be gone."""
        self._ended.wait(CALL)

    def end(self) -> bool:
        """End in order: all that was fetched is recorded. Whether it is."""
        self._ended.set()
        self._thread.join(END)
        return not self._thread.is_alive()

    def _keep(self) -> None:
        while not self._ended.is_set():
            try:
                self._work()
            except (CounterpoiseError, OSError) as error:
                self._say(str(error) or type(error).__name__)
            except Exception as error:  # a defect of ours; another try may do
                log.exception("worker")
                self._say(f"{type(error).__name__}: {error}")
            self._ended.wait(AGAIN)
        if self._settings is not None:
            with suppress(OSError):
                self._parcel.forget(self._settings)

    def _work(self) -> None:
        if self._parcel.version != __version__:
            raise OutputError(
                f"this machine has counterpoise {__version__}, and the server "
                f"{self._parcel.version}: install the same"
            )
        from sqlalchemy.exc import SQLAlchemyError

        from counterpoise.service.logs import logging_to
        from counterpoise.service.working import Working

        settings = self._settings = self._parcel.unpacked(self._identity)
        try:
            with (
                logging_to(settings.log_format, settings.log_level),
                Working(
                    settings, self._program(settings), self._parcel.name, self._parcel.emulator
                ) as working,
                memory_given_back(),
            ):
                set_aside_what_stays()
                self._fault, self._leases = "", working.leases
                self._ended.wait()
        except SQLAlchemyError as error:
            raise OutputError(str(error) or type(error).__name__) from error

    def _program(self, settings: Settings) -> Program | None:
        if settings.program is None:
            return None
        from counterpoise.service.analyzer.program import Program

        return Program(Path(settings.program), settings.program_seconds)

    def _say(self, error: str) -> None:
        from counterpoise.service.logs import struck

        self._fault = struck(error.splitlines()[0])
