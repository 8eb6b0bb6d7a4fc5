"""Rules of alerts, and what they raised and cleared."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database.alert_tables import AlertChange, AlertRule
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera

Kind = Literal["class seen", "class rate", "camera offline", "drift", "disk", "storing"]
MOST = 200  # rules
LINES = 20_000  # of what was raised and cleared that are kept
SECRET = "whsec_"  # begins a secret of Standard Webhooks


@dataclass(frozen=True)
class About:
    """What a kind of rule measures, and what it takes if nothing else is said."""

    words: str
    measure: str
    raise_at: float
    clear_share: float  # clear_at as a share of raise_at
    quiet: float = 60.0


KINDS: dict[str, About] = {
    "class seen": About("a class is seen by a camera", "frames in 5 seconds", 1, 1),
    "class rate": About("a class is seen often", "frames in the window", 10, 0.8),
    "camera offline": About("a camera sends no new frame", "seconds", 300, 1, 30.0),
    "drift": About("a camera sees other classes than the training", "stability index", 0.25, 0.8),
    "disk": About("the disk is nearly full", "percent used", 95, 0.95),
    "storing": About("pictures or results are not stored", "", 1, 1),
}


class RuleFields(BaseModel):
    """What may be set of a rule."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(
        min_length=1, max_length=100, description="For people.", examples=["dogs on the pier"]
    )
    kind: Kind = Field(description="What is watched.", examples=["class rate"])
    search: Search = Field(default=Search(), description="The cameras; all, if it is empty.")
    camera: int | None = Field(
        default=None, ge=0, lt=2**63, description="One camera, in place of a search."
    )
    label: str = Field(default="", max_length=200, description="The class, for those kinds.")
    probability: float = Field(
        default=0.0, ge=0, le=1, description="That the class has at least, for class seen."
    )
    raise_at: float | None = Field(
        default=None,
        ge=0,
        le=1e9,
        description="Raised from this on: frames, seconds without a new one, percent used, or the "
        "population stability index.",
    )
    clear_at: float | None = Field(
        default=None, ge=0, le=1e9, description="Cleared below this; less than raise_at."
    )
    window: int = Field(
        default=300, ge=60, le=86400, description="Seconds in which frames are counted."
    )
    hold: float = Field(
        default=0.0, ge=0, le=86400, description="Seconds that it has to last to be raised."
    )
    quiet: float | None = Field(
        default=None, ge=0, le=86400, description="Seconds that it has to be over to be cleared."
    )
    url: str = Field(
        default="",
        max_length=2000,
        description="Where alerts are sent by POST, signed; empty for nowhere.",
        examples=["https://hooks.example.org/counterpoise"],
    )
    is_active: bool = Field(default=True, description="Whether it is watched.")

    @model_validator(mode="after")
    def _whole(self) -> RuleFields:
        if self.search.place:
            raise ValueError("a rule names its cameras by words, country, circle or box, not place")
        about = KINDS[self.kind]
        if self.kind.startswith("class") and not self.label:
            raise ValueError(f"a rule of kind '{self.kind}' names a class (label)")
        if self.raise_at is None:
            self.raise_at = about.raise_at
        if self.clear_at is None:
            self.clear_at = self.raise_at * about.clear_share
        if self.quiet is None:
            self.quiet = about.quiet
        if self.kind in ("class rate", "drift", "disk") and not self.clear_at < self.raise_at:
            raise ValueError(
                f"clear_at is less than raise_at, or it flaps; got {self.clear_at:g} and "
                f"{self.raise_at:g}"
            )
        if self.kind == "disk" and self.raise_at > 100:
            raise ValueError(f"a disk is at most 100 percent full; got raise_at {self.raise_at:g}")
        return self


@dataclass(frozen=True)
class Rule:
    """A rule as it stands in the database."""

    id: int
    fields: RuleFields
    secret: str


@dataclass(frozen=True)
class Raised:
    """A line of the log of alerts, or an alert that is raised now."""

    id: int
    rule: int
    name: str
    kind: str
    camera: int | None
    camera_name: str
    at: int
    is_raised: bool
    value: float
    detail: str


def rules(connection: Connection, only_active: bool = False) -> list[Rule]:
    """All rules, by name."""
    query = select(AlertRule).order_by(AlertRule.name)
    if only_active:
        query = query.where(AlertRule.is_active)
    found = [_rule(dict(row)) for row in connection.execute(query).mappings()]
    return [rule for rule in found if rule is not None]


def rule(connection: Connection, number: int) -> Rule | None:
    """A rule by its number."""
    query = select(AlertRule).where(AlertRule.id == number)
    row = connection.execute(query).mappings().first()
    return None if row is None else _rule(dict(row))


def add(connection: Connection, fields: RuleFields, now: int, by: str) -> Rule:
    """A new rule, with the secret of its webhook.

    Raises:
        ArgumentError: the name is taken, or there are too many.
    """
    one_at_a_time(connection, "changes")
    _require_own_name(connection, fields.name)
    if (connection.scalar(select(func.count()).select_from(AlertRule)) or 0) >= MOST:
        raise ArgumentError(f"there are {MOST} rules already, the most there may be")
    secret = new_secret()
    row = _row(fields) | {"secret": secret, "created": now}
    number = connection.execute(insert(AlertRule).values(row)).inserted_primary_key
    assert number is not None
    note(connection, now, by, "alert rule added", f"{fields.name}, {fields.kind}")
    return Rule(number[0], fields, secret)


def change(connection: Connection, number: int, fields: RuleFields, now: int, by: str) -> None:
    """Give a rule these fields.

    Raises:
        ArgumentError: the name is another rule's.
    """
    one_at_a_time(connection, "changes")
    _require_own_name(connection, fields.name, number)
    connection.execute(update(AlertRule).where(AlertRule.id == number).values(_row(fields)))
    note(connection, now, by, "alert rule changed", f"{fields.name}, {fields.kind}")


def remove(connection: Connection, number: int, now: int, by: str) -> None:
    """Forget a rule, its alerts and its deliveries."""
    name = connection.scalar(select(AlertRule.name).where(AlertRule.id == number))
    connection.execute(delete(AlertRule).where(AlertRule.id == number))
    note(connection, now, by, "alert rule removed", str(name))


def renew_secret(connection: Connection, number: int, now: int, by: str) -> str:
    """Another secret for a rule's webhook; it is not shown again."""
    secret = new_secret()
    connection.execute(update(AlertRule).where(AlertRule.id == number).values(secret=secret))
    note(connection, now, by, "alert secret renewed", str(number))
    return secret


def new_secret() -> str:
    """A secret as Standard Webhooks write it."""
    return SECRET + base64.b64encode(secrets.token_bytes(24)).decode()


def write(
    connection: Connection, rule: int, camera: int | None, at: int, is_raised: bool, value: float,
    detail: str,
) -> int:  # fmt: skip
    """An alert is raised or cleared; the number of the line."""
    row = {
        "rule_id": rule, "camera_id": camera, "at": at, "is_raised": is_raised, "value": value,
        "detail": detail[:500],
    }  # fmt: skip
    number = connection.execute(insert(AlertChange).values(row)).inserted_primary_key
    assert number is not None
    return int(number[0])


def trim(connection: Connection) -> None:
    """Forget the oldest lines, but for those that say how an alert is now."""
    newest = connection.scalar(select(func.max(AlertChange.id))) or 0
    old = AlertChange.id <= newest - LINES
    connection.execute(delete(AlertChange).where(old, AlertChange.id.not_in(_last())))


def raised(connection: Connection) -> list[Raised]:
    """The alerts that are raised now, the oldest first."""
    query = _lines().where(AlertChange.id.in_(_last()), AlertChange.is_raised)
    return [Raised(*row) for row in connection.execute(query.order_by(AlertChange.id))]


def log(connection: Connection, most: int = 50, rule: int | None = None) -> list[Raised]:
    """What was raised and cleared, the newest first."""
    query = _lines().order_by(AlertChange.id.desc()).limit(most)
    if rule is not None:
        query = query.where(AlertChange.rule_id == rule)
    return [Raised(*row) for row in connection.execute(query)]


def _last() -> Any:
    """The newest line of each rule and camera."""
    by = (AlertChange.rule_id, AlertChange.camera_id)
    return select(func.max(AlertChange.id)).group_by(*by).scalar_subquery()


def _lines() -> Any:
    return (
        select(
            AlertChange.id, AlertRule.id, AlertRule.name, AlertRule.kind, AlertChange.camera_id,
            func.coalesce(Camera.name, ""), AlertChange.at, AlertChange.is_raised,
            AlertChange.value, AlertChange.detail,
        )
        .join(AlertRule, AlertRule.id == AlertChange.rule_id)
        .outerjoin(Camera, Camera.id == AlertChange.camera_id)
    )  # fmt: skip


def _require_own_name(connection: Connection, name: str, number: int | None = None) -> None:
    other = connection.scalar(select(AlertRule.id).where(AlertRule.name == name))
    if other is not None and other != number:
        raise ArgumentError(f"there is a rule '{name}' already")


def _row(fields: RuleFields) -> dict[str, Any]:
    row = fields.model_dump(exclude={"search", "camera"})
    return row | {"search": fields.model_dump_json(include={"search", "camera"})}


def _rule(row: dict[str, Any]) -> Rule | None:
    """The rule; None where SQL wrote something that is none."""
    given = {name: row[name] for name in RuleFields.model_fields if name in row}
    try:
        where = _Where.model_validate_json(row["search"])
    except ValidationError:
        return None
    if row["kind"] not in KINDS:
        return None
    fields = RuleFields.model_construct(**given | {"search": where.search, "camera": where.camera})
    return Rule(row["id"], fields, row["secret"])


class _Where(BaseModel):
    search: Search
    camera: int | None
