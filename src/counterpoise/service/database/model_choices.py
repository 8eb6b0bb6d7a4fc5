"""Which model runs, and which ran before: a line for each change, of which the last holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from counterpoise.service.database.candidate_tables import ModelChoice
from counterpoise.service.database.tables import Model


@dataclass(frozen=True)
class Choice:
    """A model that runs from a moment on.

    Args:
        at: microseconds since 1970.
        who: chose it.
        why: in words.
        model: its number.
        started: number of the model that the server was given when it started.
        digest: of the model.
        name: of the model.
    """

    at: int
    who: str
    why: str
    model: int
    started: int
    digest: str
    name: str

    @property
    def said(self) -> str:
        """Which model, by whom and since when, for people."""
        at = datetime.fromtimestamp(self.at / 1e6, UTC)
        return f"{self.name}, by {self.who} on {at:%Y-%m-%d %H:%M} UTC"


def choose(connection: Connection, at: int, who: str, why: str, model: int, started: int) -> None:
    """Have a model run from now on; the caller writes the line of the audit log."""
    values = {
        "at": at, "who": who[:100], "why": why[:500], "model_id": model, "started_id": started,
    }  # fmt: skip
    connection.execute(insert(ModelChoice).values(values))


def current(connection: Connection) -> Choice | None:
    """The choice that holds; None on a server that never ran."""
    found = history(connection, 1)
    return found[0] if found else None


def before(connection: Connection) -> Choice | None:
    """The model that ran before the one that runs now."""
    now = current(connection)
    if now is None:
        return None
    query = _QUERY.where(ModelChoice.model_id != now.model).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Choice(*row)


def history(connection: Connection, most: int = 20) -> list[Choice]:
    """The last changes, the newest first."""
    return [Choice(*row) for row in connection.execute(_QUERY.limit(most))]


_QUERY = (
    select(
        ModelChoice.at, ModelChoice.who, ModelChoice.why, ModelChoice.model_id,
        ModelChoice.started_id, Model.digest, Model.name,
    )
    .join(Model, Model.id == ModelChoice.model_id)
    .order_by(ModelChoice.id.desc())
)  # fmt: skip
