"""Trainings with labels: begun, ended, and what came of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.label_tables import LabelFrame, Retraining

RUNNING, DONE, FAILED, STOPPED = "running", "done", "failed", "stopped"
PART = 500  # numbers of a condition


@dataclass(frozen=True)
class Known:
    """A retraining; fields as in `label_tables.Retraining`."""

    id: int
    begun: int
    ended: int | None
    by: str
    state: str
    method: str
    num_labels: int
    detail: str
    model_id: int | None


def begin(connection: Connection, now: int, by: str, method: str) -> int:
    """A new one, which runs; its number."""
    values = {
        "begun": now, "by": by[:100], "state": RUNNING, "method": method, "num_labels": 0,
        "detail": "",
    }  # fmt: skip
    key = connection.execute(insert(Retraining).values(values)).inserted_primary_key
    assert key is not None
    note(connection, now, by, "retraining begun", f"{key[0]}: {method}")
    return int(key[0])


def end(
    connection: Connection,
    number: int,
    now: int,
    state: str,
    detail: str,
    *,
    model: int | None = None,
    frames: Sequence[int] = (),
    held: int = 0,
) -> None:
    """What came of one that runs; of another, nothing is changed.

    Args:
        connection: in a transaction.
        number: its own.
        now: microseconds since 1970.
        state: "done", "failed" or "stopped".
        detail: what it measured, or why it failed.
        model: number of the model that it made.
        frames: that it trained on, which judge nothing and are in no contrast set from now on.
        held: number of those that judged it, which may judge again.
    """
    values = {
        "ended": now, "state": state, "detail": detail[:5000], "model_id": model,
        "num_labels": len(frames) + held,
    }  # fmt: skip
    one_at_a_time(connection, "changes")
    which = update(Retraining).where(Retraining.id == number, Retraining.state == RUNNING)
    if not connection.execute(which.values(values)).rowcount:
        return
    for start in range(0, len(frames) if state == DONE else 0, PART):
        some = frames[start : start + PART]
        seen = update(LabelFrame).where(LabelFrame.result_id.in_(some), LabelFrame.used.is_(None))
        connection.execute(seen.values(used=now))
    first = detail.splitlines()[0] if detail else ""
    note(connection, now, "the server", f"retraining {state}", f"{number}: {first}")


def is_running(connection: Connection, number: int) -> bool:
    """Whether its end was not written yet."""
    state = connection.scalar(select(Retraining.state).where(Retraining.id == number))
    return state == RUNNING


def abandon(connection: Connection, now: int) -> None:
    """Those that ran when the server ended have failed."""
    query = select(Retraining.id).where(Retraining.state == RUNNING)
    for number in list(connection.scalars(query)):
        end(connection, number, now, FAILED, "the server ended while it ran")


def latest(connection: Connection, most: int = 20) -> list[Known]:
    """The newest first."""
    query = select(
        Retraining.id, Retraining.begun, Retraining.ended, Retraining.by, Retraining.state,
        Retraining.method, Retraining.num_labels, Retraining.detail, Retraining.model_id,
    ).order_by(Retraining.id.desc()).limit(most)  # fmt: skip
    return [Known(*row) for row in connection.execute(query)]
