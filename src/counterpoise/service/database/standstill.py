"""A process that stands still while it records keeps all others from recording: it is ended.

PostgreSQL undoes its transaction by itself (`dialect.one_at_a_time`), unless it stands still after
many rows were sent at a time: the driver ends these by a Flush, at which PostgreSQL stops the clock
of `idle_in_transaction_session_timeout`, and starts it only at the next statement.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from counterpoise.service.database.dialect import LOCKS, is_postgresql

NUMBER, STILL = LOCKS["results"]

_END = text(
    "SELECT pg_terminate_backend(its.pid) FROM pg_stat_activity AS its "
    "JOIN pg_locks AS held ON held.pid = its.pid AND held.database = its.datid "
    "WHERE held.locktype = 'advisory' AND held.granted "
    "AND held.classid = 0 AND held.objid = :number AND held.objsubid = 1 "
    "AND its.datname = current_database() AND its.pid != pg_backend_pid() "
    "AND its.state = 'idle in transaction' "
    "AND its.state_change < clock_timestamp() - make_interval(secs => :seconds)"
)


def end_who_stands_still(connection: Connection, milliseconds: float = STILL) -> int:
    """End the connection of whoever holds the lock of results and does nothing; how many there are.

    Args:
        connection: of a process that works, to the same database as the same user.
        milliseconds: that it does nothing.
    """
    if not is_postgresql(connection):
        return 0
    given = {"number": NUMBER, "seconds": milliseconds / 1000}
    return len(connection.execute(_END, given).all())
