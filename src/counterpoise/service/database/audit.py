"""The audit log: who changed what."""

from __future__ import annotations

from sqlalchemy import Connection, Row, insert, select

from counterpoise.service.database.tables import AuditEntry


def note(connection: Connection, now: int, who: str, what: str, detail: str = "") -> None:
    """Write a line, in the transaction of the change."""
    connection.execute(
        insert(AuditEntry).values(at=now, who=who[:100], what=what, detail=detail[:2000])
    )


def latest(connection: Connection, most: int = 200) -> list[Row[tuple[int, str, str, str]]]:
    """(when, who, what, detail), the newest first."""
    query = select(AuditEntry.at, AuditEntry.who, AuditEntry.what, AuditEntry.detail)
    return list(connection.execute(query.order_by(AuditEntry.id.desc()).limit(most)))
