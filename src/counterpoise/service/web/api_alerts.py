"""Alerts by REST."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, HTTPException, Query
from pydantic import BaseModel, Field

from counterpoise.errors import ArgumentError
from counterpoise.service.database import alerts, deliveries
from counterpoise.service.database.alerts import Rule, RuleFields
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.alerts import host_of, require_webhook, rule_of, send_test
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import MeantProgram, Number, Operator, Viewer

router = APIRouter(prefix="/api/alerts")

Most = Annotated[int, Query(ge=1, le=500, description="Lines at most.")]


class RuleOut(RuleFields):
    """A rule. Of its webhook only the host is shown: the rest of an address may be a secret."""

    id: int


class NewRule(RuleOut):
    """A rule that was made."""

    secret: str = Field(description="Signs what is sent; it is shown this once.")


class Secret(BaseModel):
    """The secret of a webhook."""

    secret: str = Field(description="Signs what is sent; it is shown this once.")


class AlertOut(BaseModel):
    """An alert that was raised or cleared."""

    id: int
    rule: int
    name: str = Field(description="Of the rule.")
    kind: str
    camera: int | None
    camera_name: str
    at: int = Field(description="Microseconds since 1970, UTC.")
    is_raised: bool
    value: float = Field(description="What was measured.")
    detail: str


class DeliveryOut(BaseModel):
    """What a webhook is told, and what became of it."""

    id: int
    rule: int
    name: str = Field(description="Of the rule.")
    what: str = Field(description="raised, cleared or test.")
    created: int = Field(description="Microseconds since 1970, UTC.")
    tries: int
    next: int | None = Field(description="When it is tried again; null when it is over.")
    last: int | None = Field(description="When it was tried last.")
    status: int | None = Field(description="Of HTTP, if there was an answer.")
    outcome: str


@router.get("")
def raised(system: Running, person: Viewer) -> list[AlertOut]:
    """The alerts that are raised now, the oldest first."""
    with system.engine.connect() as connection:
        found = alerts.raised(connection)
    return [AlertOut.model_validate(one, from_attributes=True) for one in found]


@router.get("/log")
def log(system: Running, person: Viewer, most: Most = 50) -> list[AlertOut]:
    """What was raised and cleared, the newest first."""
    with system.engine.connect() as connection:
        found = alerts.log(connection, most)
    return [AlertOut.model_validate(one, from_attributes=True) for one in found]


@router.get("/deliveries")
def sent(system: Running, person: Viewer, most: Most = 50) -> list[DeliveryOut]:
    """What webhooks were told, the newest first."""
    with system.engine.connect() as connection:
        found = deliveries.log(connection, most)
    return [DeliveryOut.model_validate(one, from_attributes=True) for one in found]


@router.get("/rules")
def rules(system: Running, person: Viewer) -> list[RuleOut]:
    """All rules, by name."""
    with system.engine.connect() as connection:
        return [_out(rule) for rule in alerts.rules(connection)]


@router.post("/rules", status_code=201, dependencies=[MeantProgram])
def add(system: Running, person: Operator, fields: Annotated[RuleFields, Body()]) -> NewRule:
    """Add a rule."""
    try:
        require_webhook(system, fields.url)
        with system.engine.begin() as connection:
            rule = alerts.add(connection, fields, now(), person.name)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return NewRule(**_out(rule).model_dump(), secret=rule.secret)


@router.get("/rules/{number}")
def one(system: Running, person: Viewer, number: Number) -> RuleOut:
    """One rule."""
    return _out(rule_of(system, number))


@router.put("/rules/{number}", dependencies=[MeantProgram])
def change(
    system: Running, person: Operator, number: Number, fields: Annotated[RuleFields, Body()]
) -> RuleOut:
    """Give a rule these fields."""
    rule_of(system, number)
    try:
        require_webhook(system, fields.url)
        with system.engine.begin() as connection:
            alerts.change(connection, number, fields, now(), person.name)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return _out(rule_of(system, number))


@router.delete("/rules/{number}", status_code=204, dependencies=[MeantProgram])
def remove(system: Running, person: Operator, number: Number) -> None:
    """Forget a rule, its alerts and its deliveries."""
    rule_of(system, number)
    with system.engine.begin() as connection:
        alerts.remove(connection, number, now(), person.name)


@router.post("/rules/{number}/test", status_code=202, dependencies=[MeantProgram])
def test(system: Running, person: Operator, number: Number) -> None:
    """Have the webhook of a rule told something, to see whether it hears."""
    send_test(system, rule_of(system, number), person.name)


@router.post("/rules/{number}/secret", status_code=201, dependencies=[MeantProgram])
def secret(system: Running, person: Operator, number: Number) -> Secret:
    """Another secret for the webhook of a rule; the old one signs nothing more."""
    rule_of(system, number)
    with system.engine.begin() as connection:
        return Secret(secret=alerts.renew_secret(connection, number, now(), person.name))


def _out(rule: Rule) -> RuleOut:
    given = rule.fields.model_dump() | {"id": rule.id, "url": host_of(rule.fields.url)}
    return RuleOut.model_validate(given)
