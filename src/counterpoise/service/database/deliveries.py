"""What webhooks are to be told: kept until it is delivered, over restarts; and a log of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from counterpoise.service.database.alert_tables import AlertRule, Delivery

MOST = 5000  # that wait, and as many that are over


@dataclass(frozen=True)
class Due:
    """A delivery whose time has come."""

    id: int
    rule: int
    what: str
    body: str
    tries: int
    url: str
    secret: str


@dataclass(frozen=True)
class Logged:
    """A line of the log."""

    id: int
    rule: int
    name: str
    what: str
    created: int
    tries: int
    next: int | None
    last: int | None
    status: int | None
    outcome: str


def enqueue(connection: Connection, rule: int, what: str, at: int, data: dict[str, Any]) -> None:
    """Have a rule's webhook told, in the transaction of what it is told."""
    waiting = select(func.count()).select_from(Delivery).where(Delivery.next.is_not(None))
    is_full = (connection.scalar(waiting) or 0) >= MOST
    moment = datetime.fromtimestamp(at / 1e6, UTC).isoformat(timespec="milliseconds")
    told = {"type": f"alert.{what}", "timestamp": moment, "data": data}
    row = {
        "rule_id": rule, "what": what, "created": at, "body": json.dumps(told),
        "tries": 0, "next": None if is_full else at,
        "outcome": f"not sent: {MOST} others wait" if is_full else "",
    }  # fmt: skip
    connection.execute(insert(Delivery).values(row))


def receivers(connection: Connection, now: int, farthest: int) -> list[str]:
    """The URLs that something is due for, the one that waits longest first."""
    query = (
        select(AlertRule.url)
        .join(Delivery, AlertRule.id == Delivery.rule_id)
        .where(_is_due(now, farthest))
        .group_by(AlertRule.url)
        .order_by(func.min(Delivery.next))
    )
    return list(connection.scalars(query))


def due(connection: Connection, now: int, most: int, farthest: int, url: str) -> list[Due]:
    """The first deliveries to a URL whose time has come.

    Args:
        now: microseconds since 1970.
        most: how many.
        farthest: microseconds that a try is put off at most; farther ahead, the clock was set back.
        url: of the rules' webhook.
    """
    query = (
        select(
            Delivery.id, Delivery.rule_id, Delivery.what, Delivery.body, Delivery.tries,
            AlertRule.url, AlertRule.secret,
        )
        .join(AlertRule, AlertRule.id == Delivery.rule_id)
        .where(_is_due(now, farthest), AlertRule.url == url)
        .order_by(Delivery.next, Delivery.id)
        .limit(most)
    )  # fmt: skip
    return [Due(*row) for row in connection.execute(query)]


def _is_due(now: int, farthest: int) -> ColumnElement[bool]:
    return (Delivery.next <= now) | (Delivery.next > now + farthest)


def tried(
    connection: Connection, number: int, at: int, status: int | None, outcome: str,
    again: int | None,
) -> None:  # fmt: skip
    """A try is over; `again` is when the next one is, or None."""
    connection.execute(
        update(Delivery)
        .where(Delivery.id == number)
        .values(tries=Delivery.tries + 1, last=at, status=status, outcome=outcome[:300], next=again)
    )


def log(connection: Connection, most: int = 50, rule: int | None = None) -> list[Logged]:
    """The newest deliveries."""
    query: Any = (
        select(
            Delivery.id, Delivery.rule_id, AlertRule.name, Delivery.what, Delivery.created,
            Delivery.tries, Delivery.next, Delivery.last, Delivery.status, Delivery.outcome,
        )
        .join(AlertRule, AlertRule.id == Delivery.rule_id)
        .order_by(Delivery.id.desc())
        .limit(most)
    )  # fmt: skip
    if rule is not None:
        query = query.where(Delivery.rule_id == rule)
    return [Logged(*row) for row in connection.execute(query)]


def trim(connection: Connection) -> None:
    """Forget the oldest of those that are over."""
    over = select(Delivery.id).where(Delivery.next.is_(None)).order_by(Delivery.id.desc())
    oldest = connection.scalar(over.offset(MOST).limit(1))
    if oldest is not None:
        connection.execute(delete(Delivery).where(Delivery.id <= oldest, Delivery.next.is_(None)))
