"""What each process says of itself, for all to see, and which of them died.

A process that ends in order takes its report with it. One that is found dead leaves it, with the
time of its last beat, for a day.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select, update

from counterpoise.service.database import shards as held
from counterpoise.service.database.dialect import unless_there
from counterpoise.service.database.shard_tables import Holder, ProcessReport
from counterpoise.service.database.shards import Process

KEPT = 86_400_000_000  # microseconds that a dead process is shown
AGREE = 10_000_000  # microseconds by which two clocks may differ, a look later among them


@dataclass(frozen=True)
class Numbers:
    """How a process does; fields as in `shard_tables.ProcessReport`."""

    fetched: int = 0
    analysed: int = 0
    dropped: int = 0
    rate: float = 0.0
    busy: float = 0.0
    possible: float | None = None
    waiting: int = 0
    waiting_bytes: int = 0
    waiting_most: int = 0
    unwritten: int = 0
    model: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Report:
    """What a process said last.

    Args:
        id: of it.
        name: host and process.
        role: all, web or worker.
        since: when it began, microseconds since 1970, by its own clock.
        last: when it said so.
        ended: when it was heard of last, if others found it dead, by the clock of who found it
            where the two do not agree; None while it works.
        shards: that it held.
        numbers: how it did.
    """

    id: str
    name: str
    role: str
    since: int
    last: int
    ended: int | None
    shards: tuple[int, ...]
    numbers: Numbers


def tell(
    connection: Connection, process: Process, shards: Collection[int], now: int, numbers: Numbers
) -> None:
    """Say how a process does; one that is taken to be dead stays so until it begins anew."""
    values = asdict(numbers) | {
        "last": now,
        "shards": ",".join(map(str, sorted(shards))),
        "model": numbers.model[:200],
        "fault": numbers.fault[:500],
    }
    known = update(ProcessReport).where(ProcessReport.id == process.id).values(values)
    is_held = select(Holder.id).where(Holder.id == process.id)
    if not connection.execute(known).rowcount and connection.scalar(is_held) is not None:
        connection.execute(insert(ProcessReport).values(values | _who(process)))


def left(connection: Connection, process: str) -> None:
    """Forget a process that ended in order."""
    connection.execute(delete(ProcessReport).where(ProcessReport.id == process))


def died(
    connection: Connection, processes: Iterable[Process], now: int,
    silence: Callable[[str], float | None] = lambda process: None,
) -> None:  # fmt: skip
    """Note processes that are found dead, and forget those of long ago.

    Args:
        connection: in a transaction.
        processes: that are found dead.
        now: by the clock of who found them.
        silence: seconds since a process was heard of, which tell when that was where its clock is
            another; None where nobody listened.
    """
    for process in processes:
        still = silence(process.id)
        heard = process.last if still is None else now - round(still * 1e6)
        do_agree = abs(process.last - heard) <= AGREE
        ended = min(now, process.last if do_agree else heard)
        values = asdict(Numbers()) | {"last": process.last, "shards": ""} | _who(process)
        connection.execute(unless_there(connection, ProcessReport).values(values))
        which = ProcessReport.id == process.id, ProcessReport.ended.is_(None)
        connection.execute(update(ProcessReport).where(*which).values(ended=ended))
    connection.execute(delete(ProcessReport).where(ProcessReport.ended < now - KEPT))


def ended(connection: Connection, process: str, now: int) -> bool:
    """Note a process that is known to have ended, and free its shards; whether it had joined."""
    processes, found = held.look(connection)
    if process not in processes:
        return False
    its = {number: shard.fence for number, shard in found.items() if shard.holder == process}
    held.claim(connection, None, its)
    died(connection, [processes[process]], now)
    held.leave(connection, [process])
    return True


def every(connection: Connection) -> list[Report]:
    """All reports, those of the oldest processes first."""
    query = select(ProcessReport).order_by(ProcessReport.since, ProcessReport.id)
    found = []
    for row in connection.execute(query).mappings():
        numbers = Numbers(**{name: row[name] for name in Numbers.__dataclass_fields__})
        shards = tuple(int(one) for one in row["shards"].split(",") if one.isdecimal())
        found.append(
            Report(
                row["id"], row["name"], row["role"], row["since"], row["last"], row["ended"],
                shards, numbers,
            )
        )  # fmt: skip
    return found


def _who(process: Process) -> dict[str, object]:
    return {
        "id": process.id,
        "name": process.name[:200],
        "role": process.role,
        "since": process.since,
        "ended": None,
    }
