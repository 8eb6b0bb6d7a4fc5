"""The audit log: who changed what."""

from __future__ import annotations

from sqlalchemy import Connection, Row, func, insert, select

from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.tables import AuditEntry


def note(connection: Connection, now: int, who: str, what: str, detail: str = "") -> None:
    """Write a line, in the transaction of the change."""
    one_at_a_time(connection, "changes")
    connection.execute(
        insert(AuditEntry).values(at=now, who=who[:100], what=what, detail=detail[:2000])
    )


def latest(connection: Connection, most: int = 200) -> list[Row[tuple[int, str, str, str]]]:
    """(when, who, what, detail), the newest first."""
    query = select(AuditEntry.at, AuditEntry.who, AuditEntry.what, AuditEntry.detail)
    return list(connection.execute(query.order_by(AuditEntry.id.desc()).limit(most)))


def last_about(connection: Connection, what: str, after: int) -> int:
    """The number of the newest line whose `what` begins so; `after` if there is none since."""
    query = select(func.max(AuditEntry.id)).where(
        AuditEntry.id > after, AuditEntry.what.startswith(what, autoescape=True)
    )
    return connection.scalar(query) or after


def newest(connection: Connection, what: str, at: int) -> str | None:
    """The detail of the newest line that says this; None where there is none from `at` on."""
    query = select(AuditEntry.detail).where(AuditEntry.what == what, AuditEntry.at >= at)
    return connection.scalar(query.order_by(AuditEntry.id.desc()).limit(1))


def since(connection: Connection, what: str, after: int) -> list[tuple[int, str]]:
    """(number, detail) of the lines after one that say this, the oldest first."""
    query = select(AuditEntry.id, AuditEntry.detail)
    query = query.where(AuditEntry.id > after, AuditEntry.what == what)
    return [(int(n), str(d)) for n, d in connection.execute(query.order_by(AuditEntry.id))]
