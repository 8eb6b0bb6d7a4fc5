"""What the workers of a cluster say of themselves, and that one of them has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

ANSWER = 10.0  # seconds that a worker has to say how it is
BEGIN = 120.0  # seconds that it has to begin: on a busy machine libraries take long to load

log = logging.getLogger(__name__)


class Hearing:
    """Asks each worker how it is, and has a call with it that fails as soon as its process ends.

    Args:
        ray: module of Ray, connected.
        tell: logs once what is wrong with a worker, by its name.
        ended: is given the name in the database of a worker that has ended; whether it was known.
        lost: is given the name of a worker that Ray does not start again.
    """

    def __init__(
        self,
        ray: Any,
        tell: Callable[[str, str], None],
        ended: Callable[[str], bool],
        lost: Callable[[str], None],
    ) -> None:
        self._ray, self._tell, self._ended, self._lost = ray, tell, ended, lost
        self._calls: dict[Any, tuple[str, bool]] = {}  # reference -> worker, whether it is asked
        self._since: dict[tuple[str, bool], float] = {}  # of these, when each began
        self._begun: set[str] = set()  # workers that answered since they were started
        self._holders: dict[str, str] = {}  # worker -> its name in the database

    def ask(self, workers: Mapping[str, Any]) -> None:
        """Ask all, and say who is late.

        Args:
            workers: actors by name; what others say is not heard any more.
        """
        for name in {name for name, _ in self._calls.values()} - workers.keys():
            self._hang_up(name)
        for name, worker in workers.items():
            for is_asked, what in ((True, worker.state), (False, worker.until_end)):
                if (name, is_asked) not in self._since:
                    self._calls[what.remote()] = name, is_asked
                    self._since[name, is_asked] = monotonic()
            most, what = (
                (ANSWER, "gives no answer") if name in self._begun else (BEGIN, "has not begun")
            )
            if monotonic() - self._since[name, True] > most:
                self._tell(name, f"{what} within {most:.0f} s")

    def hear(self, seconds: float) -> bool:
        """Wait for the next word of a worker; whether there was one."""
        if not self._calls:
            time.sleep(seconds)
            return False
        ready, _ = self._ray.wait([*self._calls], num_returns=1, timeout=seconds)
        if not ready:
            return False
        call = self._calls.pop(ready[0])
        del self._since[call]
        name, is_asked = call
        try:
            answer = self._ray.get(ready[0])
        except self._ray.exceptions.RayError as error:
            self._failed(name, error)
        else:
            if is_asked:
                self._answered(name, *answer)
        return True

    def _answered(self, name: str, fault: str, holder: str) -> None:
        self._begun.add(name)
        before = self._holders.get(name, holder)
        if holder:
            self._holders[name] = holder
        if holder and before != holder:  # it was started again, or began anew by itself
            self._free(name, before)
        self._tell(name, fault)

    def _failed(self, name: str, error: Exception) -> None:
        self._hang_up(name)
        self._begun.discard(name)
        if isinstance(error, self._ray.exceptions.RayActorError):  # its process has ended
            self._free(name, self._holders.pop(name, ""))
        if not isinstance(error, self._ray.exceptions.ActorUnavailableError):
            self._tell(name, f"is lost: {type(error).__name__}")
            self._lost(name)

    def _hang_up(self, name: str) -> None:
        self._calls = {one: call for one, call in self._calls.items() if call[0] != name}
        self._since = {call: at for call, at in self._since.items() if call[0] != name}

    def _free(self, name: str, holder: str) -> None:
        """Have others take its cameras at once; where that fails, they do when its time is over."""
        try:
            if holder and self._ended(holder):
                which = name.partition("/")[2] or name
                log.warning("worker %s has ended: its cameras are free for others", which)
        except SQLAlchemyError as error:
            log.warning("shards of a worker that ended wait: %s", type(error).__name__)
