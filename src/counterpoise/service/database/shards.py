"""Shards of cameras and their fences: the whole protocol between processes.

A shard is held by one process at a time. Whoever takes it raises its fence, and closes the account
of its cameras in the same transaction; what another one still has of them names the fence before,
and is refused. So no frame is counted by two, whenever a process is paused, killed or cut off.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, insert, select, text, update
from sqlalchemy.sql import ColumnElement

from counterpoise.service.database.batch import close_account
from counterpoise.service.database.dialect import is_postgresql, unless_there
from counterpoise.service.database.shard_tables import Holder, Moving, Shard
from counterpoise.service.database.tables import Camera

SHARDS = 64  # that cameras are divided into by their numbers; one more is that of those that send
SENT = 0  # the shard of devices that send by themselves, to the process with the pages
SENDERS = ("push", "sensor")  # their kinds
PAGES = ("all", "web")  # roles of the process that has the pages; there is one
FETCHES = ("all", "worker")  # roles of those that fetch
_PAUSED = text("SET LOCAL idle_in_transaction_session_timeout = 5000")  # milliseconds


@dataclass(frozen=True)
class Process:
    """A process that may hold shards, as the database has it."""

    id: str
    name: str
    role: str
    since: int
    beat: int
    last: int


@dataclass(frozen=True)
class Held:
    """A shard: how often it was given away, and who holds it."""

    fence: int
    holder: str | None


def shard_of(camera: int, sends: bool) -> int:
    """The shard of a camera.

    >>> shard_of(7, sends=False), shard_of(64, sends=False), shard_of(7, sends=True)
    (8, 1, 0)
    """
    return SENT if sends else camera % SHARDS + 1


def seed(connection: Connection) -> None:
    """Make the shards that are missing; the process with the pages does, which is one."""
    there = set(connection.scalars(select(Shard.number)))
    new = [{"number": n, "fence": 0} for n in range(SHARDS + 1) if n not in there]
    if new:
        connection.execute(insert(Shard), new)


def join(connection: Connection, name: str, role: str, now: int) -> str:
    """A new process, without shards; its name in the database."""
    me = uuid.uuid4().hex
    values = {"id": me, "name": name[:200], "role": role, "since": now, "beat": 0, "last": now}
    connection.execute(insert(Holder).values(values))
    return me


def beat(connection: Connection, me: str, now: int) -> bool:
    """Say that a process works; whether it is known still.

    SQLite has no other writer until the transaction ends; PostgreSQL undoes it if the process is
    paused within it, so that others do not wait for its rows.
    """
    if is_postgresql(connection):
        connection.execute(_PAUSED)
    sign = {"beat": Holder.beat + 1, "last": now}
    return bool(connection.execute(update(Holder).where(Holder.id == me).values(sign)).rowcount)


def look(connection: Connection) -> tuple[dict[str, Process], dict[int, Held]]:
    """All processes and all shards."""
    columns = (Holder.id, Holder.name, Holder.role, Holder.since, Holder.beat, Holder.last)
    processes = [Process(*row) for row in connection.execute(select(*columns))]
    query = select(Shard.number, Shard.fence, Shard.holder_id).order_by(Shard.number)
    shards = {number: Held(fence, holder) for number, fence, holder in connection.execute(query)}
    return {process.id: process for process in processes}, shards


def claim(connection: Connection, me: str | None, wanted: Mapping[int, int]) -> dict[int, int]:
    """Take shards whose fences are still these; the new fences of those that were taken.

    What was in flight of their cameras is dropped in the account, as its process cannot record it
    any more; also of those that have another shard since they were edited, which nobody fetches
    from until they are drained.

    Args:
        connection: in a transaction.
        me: who takes them; None for nobody, as they were of a process that is gone.
        wanted: shards, and their fences.
    """
    taken = {}
    for number, fence in wanted.items():
        mine = {"fence": fence + 1, "holder_id": me}
        query = update(Shard).where(Shard.number == number, Shard.fence == fence).values(mine)
        if connection.execute(query).rowcount:
            taken[number] = fence + 1
    if taken:
        left = Camera.id.in_(select(Moving.camera_id).where(Moving.shard.in_(list(taken))))
        close_account(connection, None if len(taken) > SHARDS else _in_shards(taken) | left)
        connection.execute(delete(Moving).where(Moving.shard.in_(list(taken))))
    return taken


def move(connection: Connection, camera: int, before: str, after: str) -> None:
    """Note the shard that a camera of an edited kind is to be drained of, if it is another one."""
    old, new = (shard_of(camera, kind in SENDERS) for kind in (before, after))
    if old == new:
        return
    known = delete(Moving).where(Moving.camera_id == camera, Moving.shard == new)
    if not connection.execute(known).rowcount:  # else it comes back before it was left
        values = {"camera_id": camera, "shard": old}
        connection.execute(unless_there(connection, Moving).values(values))


def moving(connection: Connection) -> dict[int, int]:
    """Cameras of edited kinds, and the shard that each is to be drained of."""
    rows = connection.execute(select(Moving.camera_id, Moving.shard))
    return {camera: number for camera, number in rows}  # noqa: C416 - rows are no pairs to mypy


def drained(connection: Connection, cameras: Collection[int]) -> None:
    """Nothing of these cameras is in flight under the shards that they had."""
    if cameras:
        connection.execute(delete(Moving).where(Moving.camera_id.in_(cameras)))


def fences(connection: Connection, me: str) -> dict[int, int]:
    """The shards of a process, and their fences, which nobody changes until the end."""
    query = select(Shard.number, Shard.fence).where(Shard.holder_id == me)
    rows = connection.execute(query.with_for_update(read=True))
    return {number: fence for number, fence in rows}  # noqa: C416 - rows are no pairs to mypy


def release(connection: Connection, me: str, numbers: Iterable[int]) -> None:
    """Give shards away, of whose cameras nothing is in flight."""
    query = update(Shard).where(Shard.holder_id == me, Shard.number.in_(list(numbers)))
    connection.execute(query.values(holder_id=None))


def leave(connection: Connection, processes: Collection[str]) -> None:
    """Forget processes; nobody holds their shards."""
    if processes:
        mine = Shard.holder_id.in_(processes)
        connection.execute(update(Shard).where(mine).values(holder_id=None))
        connection.execute(delete(Holder).where(Holder.id.in_(processes)))


def _in_shards(numbers: Iterable[int]) -> ColumnElement[bool]:
    shard = case((Camera.kind.in_(SENDERS), SENT), else_=Camera.id % SHARDS + 1)
    return shard.in_(list(numbers))
