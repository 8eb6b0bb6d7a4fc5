"""What the workers of a cluster say of themselves, and that one of them has ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

# Seconds that a worker has to say how it is, and what is said of one that takes longer.
ANSWER = (10.0, "gives no answer")
BEGIN = (120.0, "has not begun")  # on a busy machine libraries take long to load
AWAY = (120.0, "cannot be reached, and has not begun again,")  # as it may be beginning

log = logging.getLogger(__name__)


class Hearing:
    """Asks each worker how it is, and has a call with it that fails as soon as its process ends.

    Ray calls a worker unavailable when a call fails and it does not know why: its process may have
    ended, and be begun again, or the network between is gone while it works. So nothing is freed
    until Ray says that it died, or another process answers in its place; where neither happens, its
    shards are others' when its lease ends.

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
        self._workers: Mapping[str, Any] = {}
        self._calls: dict[Any, tuple[str, bool]] = {}  # reference -> worker, whether it is asked
        self._since: dict[str, float] = {}  # workers that have not answered, since they were asked
        self._patience: dict[str, tuple[float, str]] = {}  # with each; with others it is `BEGIN`
        self._known: dict[str, tuple[str, str]] = {}  # its process, and its name in the database

    def ask(self, workers: Mapping[str, Any]) -> None:
        """Ask all, and say who is late.

        Args:
            workers: actors by name; what others say is not heard any more.
        """
        for name in self._workers.keys() - workers.keys():
            self._forget(name)
            self._known.pop(name, None)
        self._workers = dict(workers)
        for name in self._workers:
            self._ask(name)
        for name, since in self._since.items():
            most, what = self._patience.get(name, BEGIN)
            if monotonic() - since > most:
                self._tell(name, f"{what} within {most:.0f} s")

    def ask_again(self) -> None:
        """Ask those that could not be reached."""
        for name in self._workers:
            if self._patience.get(name) == AWAY:
                self._ask(name)

    def hear(self, seconds: float) -> bool:
        """Wait for the next word of a worker; whether there was one."""
        if not self._calls:
            time.sleep(seconds)
            return False
        ready, _ = self._ray.wait([*self._calls], num_returns=1, timeout=seconds)
        if not ready:
            return False
        name, is_asked = self._calls.pop(ready[0])
        try:
            answer = self._ray.get(ready[0])
        except self._ray.exceptions.RayError as error:
            self._failed(name, error)
        else:
            if is_asked:
                self._answered(name, *answer)
        return True

    def _answered(self, name: str, fault: str, holder: str, process: str) -> None:
        self._since.pop(name, None)
        self._patience[name] = ANSWER
        before, known = self._known.get(name, (process, ""))
        if known and (process != before or (holder and holder != known)):
            self._free(name, known)  # it was started again, or began anew by itself
            known = ""
        self._known[name] = process, holder or known
        self._tell(name, fault)

    def _failed(self, name: str, error: Exception) -> None:
        if isinstance(error, self._ray.exceptions.ActorUnavailableError):
            self._hang_up(name)
            self._patience[name] = AWAY
            return
        if isinstance(error, self._ray.exceptions.RayActorError):  # it died, as Ray knows
            self._free(name, self._known.pop(name, ("", ""))[1])
        self._forget(name)
        self._tell(name, f"is lost: {type(error).__name__}")
        self._lost(name)

    def _ask(self, name: str) -> None:
        worker, asked = self._workers[name], {*self._calls.values()}
        for is_asked, what in ((True, worker.state), (False, worker.until_end)):
            if (name, is_asked) not in asked:
                self._calls[what.remote()] = name, is_asked
        self._since.setdefault(name, monotonic())

    def _forget(self, name: str) -> None:
        self._hang_up(name)
        self._workers = {one: worker for one, worker in self._workers.items() if one != name}
        self._since.pop(name, None)
        self._patience.pop(name, None)

    def _hang_up(self, name: str) -> None:
        self._calls = {one: call for one, call in self._calls.items() if call[0] != name}

    def _free(self, name: str, holder: str) -> None:
        """Have others take its cameras at once; where that fails, they do when its time is over."""
        try:
            if holder and self._ended(holder):
                which = name.partition("/")[2] or name
                log.warning("worker %s has ended: its cameras are free for others", which)
        except SQLAlchemyError as error:
            log.warning("shards of a worker that ended wait: %s", type(error).__name__)
