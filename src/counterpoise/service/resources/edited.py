"""Under which shard each camera is fetched from, also while an edit gives it another one.

A camera whose kind is edited is drained by the process that has it, under the shard that it had.
The database keeps that shard meanwhile, and the process that has the new one begins when it is
gone. If the old one is taken over first, who takes it closes the camera's account, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Connection, Engine

from counterpoise.service.database import shards
from counterpoise.service.database.cameras import Row
from counterpoise.service.database.shards import SENDERS, Held


class Edited:
    """The cameras of a process, and the shards that they are under.

    Args:
        engine: of the database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.under: dict[int, int] = {}  # camera -> shard it is under, until it is drained
        self._ending: frozenset[int] = frozenset()  # of them, those that are assigned no more
        self._end: int | None = None  # of the recorder, when the last frame of those was told
        self._waiting: frozenset[int] = frozenset()  # cameras that another shard is drained of
        self._lock = threading.Lock()  # of these

    def shard(self, camera: int) -> int:
        """The shard that a camera is under."""
        return self.under.get(camera, shards.shard_of(camera, sends=False))

    def mine(self, rows: Sequence[Row], fetched: Collection[int]) -> list[Row]:
        """The cameras, of these, that are to be fetched from under some shards.

        One whose shard is another since it was edited is let go, and assigned once it is drained,
        by whichever process had it.
        """
        found = {r["id"]: shards.shard_of(r["id"], r["kind"] in SENDERS) for r in rows}
        with self._engine.connect() as connection:  # after those who asked: no edit is missed
            moving = shards.moving(connection)
        with self._lock:
            mine = {c: n for c, n in found.items() if n in fetched and self.under.get(c, n) == n}
            waiting = {c for c in mine if c not in self.under and moving.get(c, mine[c]) != mine[c]}
            good = {camera: number for camera, number in mine.items() if camera not in waiting}
            self.under |= good
            self._waiting = frozenset(waiting)
            ending = frozenset(self.under.keys() - good.keys())
            if ending != self._ending:
                self._ending, self._end = ending, None
        return [row for row in rows if row["id"] in good]

    def look(
        self, connection: Connection, mine: Collection[int], found: Mapping[int, Held],
        dead: Collection[str],
    ) -> bool:  # fmt: skip
        """Say which cameras left shards of this process; whether one that waited may begin.

        Where nobody lives who would drain them, what was in flight is dropped in the account.
        """
        moving = shards.moving(connection)
        with self._lock:
            left = [c for c, number in moving.items() if number in mine and c not in self.under]
            waiting = self._waiting
        shards.drained(connection, left)
        lost = {moving[camera] for camera in waiting & moving.keys() - set(left)}
        lost = {n for n in lost if found[n].holder is None or found[n].holder in dead}
        shards.claim(connection, None, {number: found[number].fence for number in lost})
        return any(c not in moving or c in left or moving[c] in lost for c in waiting)

    def forget_drained(
        self,
        is_done: Callable[[Callable[[int], bool]], bool],
        marked: Callable[[], int],
        is_past: Callable[[int], bool],
    ) -> bool:
        """Forget cameras that are assigned no more; whether one that was edited may begin."""
        ending, end = self._ending, self._end
        if not ending:
            return False
        if end is None and is_done(lambda camera: camera in ending):
            end = marked()
        with self._lock:
            if self._ending is not ending:  # assigned anew meanwhile
                return False
            self._end = end
            if end is None or not is_past(end):
                return False
            self.under = {c: n for c, n in self.under.items() if c not in ending}
            self._ending, self._end = frozenset(), None
        return True
