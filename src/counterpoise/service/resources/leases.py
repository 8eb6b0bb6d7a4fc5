"""Which shards this process holds: takes those that nobody has, gives away what is too many.

Every process does the same, and none decides for the others: it beats in the database, and one
whose beat stands still for `LEASE` seconds is taken to be dead, by the clock of whoever looks. Its
shards are claimed with new fences; see database/shards.py.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.service.database import reports, shards
from counterpoise.service.database.batch import Batch
from counterpoise.service.database.cameras import Row
from counterpoise.service.database.shards import FETCHES, PAGES, SENT, SHARDS, Held
from counterpoise.service.resources.edited import Edited
from counterpoise.service.resources.liveness import Liveness

STEP = 1.0  # seconds between two beats
LEASE = 6.0  # seconds without a beat after which the shards of a process are another's
DRAIN = 0.05  # seconds between two looks whether nothing is in flight any more

log = logging.getLogger(__name__)


class Leases:
    """The shards of this process.

    Args:
        engine: of the database.
        role: of this process: all, web or worker.
        clock: microseconds since 1970.
        lease: seconds without a beat after which a process is taken to be dead.
        step: seconds between two beats.
    """

    def __init__(
        self,
        engine: Engine,
        role: str,
        clock: Callable[[], int],
        lease: float = LEASE,
        step: float = STEP,
    ) -> None:
        self._engine, self.role, self._clock, self._step = engine, role, clock, step
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.me = ""
        self.held: Mapping[int, int] = {}  # shard -> fence, under which results are recorded
        self._leaving: frozenset[int] = frozenset()  # of them, those whose cameras are let go
        self._mark: int | None = None  # of the recorder, when the last frame of those was told
        self._edited = Edited(engine)
        self._to_assign = False  # what `mine` says changed, and nobody was told
        self._gone: frozenset[int] | None = None  # shards that were lost, until it began anew
        self.error = ""  # why it does nothing any more
        self._liveness = Liveness(lease)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
        self._changed: Callable[[], None] = lambda: None
        self._is_done: Callable[[Callable[[int], bool]], bool] = lambda is_meant: True
        self._marked: Callable[[], int] = lambda: 0
        self._is_past: Callable[[int], bool] = lambda mark: True

    def join(self) -> None:
        """Be known, and take what is free; the process with the pages takes over from the last."""
        with self._engine.begin() as connection:
            self.me = shards.join(connection, self.name, self.role, self._clock())
            processes, found = shards.look(connection)
            before = [p.id for p in processes.values() if self._is_before(p.id, p.role)]
            if self.role in PAGES:
                shards.seed(connection)
                reports.died(connection, (processes[one] for one in before), self._clock())
                shards.leave(connection, before)
                _, found = shards.look(connection)
            free = {n: s.fence for n, s in found.items() if self._takes(n) and s.holder is None}
            others = self._fetching(processes.values()) - {self.me, *before}
            if others:
                free = dict(list(free.items())[: self._target(len(others) + 1)])
            if self.role in PAGES:
                free[SENT] = found[SENT].fence
            self.held = shards.claim(connection, self.me, free)

    def start(
        self,
        changed: Callable[[], None],
        is_done: Callable[[Callable[[int], bool]], bool],
        marked: Callable[[], int],
        is_past: Callable[[int], bool],
    ) -> None:
        """Keep what is held, from a thread.

        Args:
            changed: assigns the cameras that `mine` says, at once.
            is_done: whether nothing of some cameras comes any more.
            marked: stands for all that the recorder was told until now.
            is_past: whether all until such a mark is written.
        """
        self._changed, self._is_done = changed, is_done
        self._marked, self._is_past = marked, is_past
        self._thread.start()

    def stop(self) -> None:
        """Take nothing any more; what is held goes on."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def leave(self, error: str = "") -> None:
        """Give everything away, when all is recorded.

        Args:
            error: why nothing could be written last; then nothing is tried.
        """
        if error:
            return
        try:
            with self._engine.begin() as connection:
                shards.leave(connection, [self.me])
                reports.left(connection, self.me)
        except SQLAlchemyError as error:  # others take it when its time is over
            log.warning("shards are not given away: %s", type(error).__name__)

    def silence(self, process: str) -> float | None:
        """Seconds since another process was heard of, if it is taken to be dead; else None."""
        return self._liveness.silence(process)

    def died(self, process: str) -> bool:
        """Another process is known to have ended: free its shards at once. Whether it had joined.

        Their fences grow, so should it live nevertheless, nothing that it has counts.
        """
        with self._engine.begin() as connection:
            return process != self.me and reports.ended(connection, process, self._clock())

    def mine(self, rows: Sequence[Row]) -> list[Row]:
        """The cameras, of these, that this process is to fetch from.

        One whose shard is another since it was edited is let go, and assigned once it is drained.
        """
        return self._edited.mine(rows, self.held.keys() - self._leaving)

    def admit(self, connection: Connection, batch: Batch) -> Batch:
        """What of a batch is of shards whose fences are still those of this process."""
        shards.beat(connection, self.me, self._clock())
        there, held = shards.fences(connection, self.me), self.held
        good = {number for number, fence in there.items() if held.get(number) == fence}
        if len(good) > SHARDS:
            return batch
        part = replace(
            batch,
            account=type(batch.account)(
                {key: n for key, n in batch.account.items() if self._edited.shard(key[0]) in good}
            ),
            results=[
                result for result in batch.results if self._edited.shard(result.camera) in good
            ],
            changes=[
                change for change in batch.changes if self._edited.shard(change.camera) in good
            ],
        )
        refused = len(batch.results) - len(part.results)
        if refused:
            log.warning("%d results are refused: their cameras are another process's now", refused)
        return part

    def look(self) -> None:
        """Beat, and take, give or lose shards."""
        begun = monotonic()
        self._liveness.looked(begun)
        taken: dict[int, int] = {}
        may_begin = False
        with self._engine.begin() as connection:
            is_known = shards.beat(connection, self.me, self._clock())
            self._liveness.waited(monotonic() - begun)
            processes, found = shards.look(connection)
            lost = [n for n, fence in self.held.items() if found[n] != Held(fence, self.me)]
            if is_known and not lost:
                beats = {process.id: process.beat for process in processes.values()}
                dead = self._liveness.dead(beats) - {self.me}
                alive = self._fetching(p for p in processes.values() if p.id not in dead)
                # One that came since cannot tell yet who is dead, and nobody waits for it.
                among = len(alive - self._liveness.young if dead else alive)
                taken = shards.claim(connection, self.me, self._wanted(found, dead, among))
                mine = self.held.keys() | taken.keys()
                may_begin = self._edited.look(connection, mine, found, dead)
                holding = {s.holder for n, s in found.items() if n not in taken}
                gone = [processes[one] for one in dead - holding]
                reports.died(connection, gone, self._clock(), self._liveness.silence)
                shards.leave(connection, dead - holding)
        if lost or not is_known or self._gone is not None:
            self._begin_anew(lost)
            return
        if taken:
            log.info("%d shards are taken over", len(taken))
            self.held = {**self.held, **taken}
            self._to_assign = True
        if self._edited.forget_drained(self._is_done, self._marked, self._is_past) or may_begin:
            self._to_assign = True
        self._assign()
        self._give(found, alive)

    def _keep(self) -> None:
        while not self._ended.wait(self._step):
            try:
                self.look()
            except SQLAlchemyError:  # locked or gone, for others, too; the recorder says so
                self._liveness.forget()
            except Exception:  # a defect of ours; what is held goes on
                log.exception("shards")

    def _wanted(self, found: Mapping[int, Held], dead: set[str], among: int) -> dict[int, int]:
        """Shards that nobody holds, as many as this process lacks, and their fences."""
        free = [
            number
            for number, shard in found.items()
            if number != SENT and self._takes(number) and number not in self.held
            if shard.holder is None or shard.holder in dead
        ]
        lacks = self._target(among) - len(self.held.keys() - {SENT})
        return {number: found[number].fence for number in free[: max(0, lacks)]}

    def _give(self, found: Mapping[int, Held], alive: set[str]) -> None:
        """Let go what is more than a share, where somebody has less; give it when it is drained."""
        if self._leaving:
            if self._mark is None and self._is_done(
                lambda c: self._edited.shard(c) in self._leaving
            ):
                self._mark = self._marked()
            if self._mark is not None and self._is_past(self._mark):
                with self._engine.begin() as connection:
                    shards.release(connection, self.me, self._leaving)
                self.held = {n: f for n, f in self.held.items() if n not in self._leaving}
                self._leaving, self._mark = frozenset(), None
            return
        mine = sorted(self.held.keys() - {SENT})
        number = {one: sum(shard.holder == one for shard in found.values()) for one in alive}
        if any(number[one] < SHARDS // len(alive) for one in alive - {self.me}):
            self._leaving = frozenset(mine[self._target(len(alive)) :])
            if self._leaving:
                self._to_assign = True
                self._assign()

    def _assign(self) -> None:
        """Have the cameras of `mine` assigned; at the next look, where the database fails."""
        if self._to_assign:
            self._changed()
            self._to_assign = False

    def _begin_anew(self, lost: Iterable[int]) -> None:
        """Others took this process to be dead: let go of everything, and join as a new one."""
        gone = self._gone = frozenset(lost) | (self._gone or frozenset())
        log.warning(
            "%d shards are another process's now, as this one was paused or cut off; "
            "it begins anew", len(gone),
        )  # fmt: skip
        self.held = {number: fence for number, fence in self.held.items() if number not in gone}
        self._leaving, self._mark = frozenset(range(SHARDS + 1)), None
        self._changed()
        while not self._is_done(lambda camera: True) or not self._is_past(self._marked()):
            if self._ended.wait(DRAIN):
                return
        if SENT in gone and self.role in PAGES:
            self.error = (
                "another server has this database, and this one fetches and records nothing any "
                "more: end one of them"
            )
            log.error("%s", self.error)
            self._ended.set()
            return
        self._liveness.forget()
        self.held = {}
        self.leave()
        self.join()
        self._leaving, self._gone, self._to_assign = frozenset(), None, True
        self._assign()

    def _takes(self, number: int) -> bool:
        return self.role in (PAGES if number == SENT else FETCHES)

    def _is_before(self, one: str, role: str) -> bool:
        return one != self.me and role in PAGES and self.role in PAGES

    def _target(self, alive: int) -> int:
        return -(-SHARDS // max(1, alive))

    def _fetching(self, processes: Iterable[shards.Process]) -> set[str]:
        return {process.id for process in processes if process.role in FETCHES}
