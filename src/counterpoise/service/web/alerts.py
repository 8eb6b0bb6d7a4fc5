"""Alerts: what is raised now, the rules, and what webhooks were told."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.access.roles import may
from counterpoise.service.alerts.webhook import guard_of
from counterpoise.service.database import alerts, deliveries, results
from counterpoise.service.database.alerts import KINDS, Rule, RuleFields
from counterpoise.service.database.search import Search
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.system import System
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.kind_words import RULE_WORDS
from counterpoise.service.web.refusal import sentence
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Meant, Number, Operator, Viewer

router = APIRouter(include_in_schema=False)

SEARCHED = ("words", "latitude", "longitude", "km", "source", "industry")
FRAMES, DRIFTED = 6, 5  # newest frames of a camera that drifts, and cameras that are shown so
EMPTY = {"kind": "class rate", "window": "300", "is_active": "on"}


@router.get("/alerts")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """What is raised, the rules, and the log."""
    with system.engine.connect() as connection:
        rules = alerts.rules(connection)
        raised, log = alerts.raised(connection), alerts.log(connection, 30)
        sent = deliveries.log(connection, 30)
        frames = [
            (one, results.newest_pictures(connection, one.camera, FRAMES))
            for one in [one for one in raised if one.kind == "drift"][:DRIFTED]
            if one.camera is not None
        ]
    return page(
        request, "alerts", rules=rules, raised=raised, log=log, sent=sent, kinds=KINDS,
        host=host_of, frames=frames,
    )  # fmt: skip


@router.get("/alerts/new")
def new(request: Request, system: Running, person: Operator) -> Response:
    """The form of a new rule."""
    return _form(request, system, EMPTY)


@router.post("/alerts/new", dependencies=[Meant])
def add(request: Request, system: Running, person: Operator, sent: SentForm) -> Response:
    """Add a rule; the secret of its webhook is shown this once."""
    try:
        fields = checked(system, _given(sent))
        with system.engine.begin() as connection:
            rule = alerts.add(connection, fields, now(), person.name)
    except ArgumentError as error:
        return _form(request, system, sent, str(error))
    return _rule_page(request, system, rule, 201, secret=rule.secret if fields.url else "")


@router.get("/alerts/{number}")
def one(request: Request, system: Running, person: Viewer, number: Number) -> Response:
    """A rule, with its log."""
    return _rule_page(request, system, rule_of(system, number))


@router.post("/alerts/{number}", dependencies=[Meant])
def change(
    request: Request, system: Running, person: Operator, number: Number, sent: SentForm
) -> Response:
    """Change a rule."""
    rule = rule_of(system, number)
    try:
        given = _given(sent)
        given["search"] = _besides(rule) | given["search"]
        fields = checked(system, given)
        with system.engine.begin() as connection:
            alerts.change(connection, number, fields, now(), person.name)
    except ArgumentError as error:
        return _rule_page(request, system, rule, 422, given=sent, fault=str(error))
    return RedirectResponse(f"/alerts/{number}", 303)


@router.post("/alerts/{number}/test", dependencies=[Meant])
def test(system: Running, person: Operator, number: Number) -> Response:
    """Have the webhook told something, to see whether it hears."""
    send_test(system, rule_of(system, number), person.name)
    return RedirectResponse(f"/alerts/{number}#sent", 303)


@router.post("/alerts/{number}/secret", dependencies=[Meant])
def secret(request: Request, system: Running, person: Operator, number: Number) -> Response:
    """Another secret, which is shown this once."""
    rule = rule_of(system, number)
    with system.engine.begin() as connection:
        renewed = alerts.renew_secret(connection, number, now(), person.name)
    return _rule_page(request, system, rule, secret=renewed)


@router.post("/alerts/{number}/remove", dependencies=[Meant])
def remove(system: Running, person: Operator, number: Number) -> Response:
    """Forget a rule."""
    rule_of(system, number)
    with system.engine.begin() as connection:
        alerts.remove(connection, number, now(), person.name)
    return RedirectResponse("/alerts", 303)


def rule_of(system: System, number: int) -> Rule:
    """A rule that is there."""
    with system.engine.connect() as connection:
        found = alerts.rule(connection, number)
    if found is None:
        raise HTTPException(404, f"there is no rule {number}")
    return found


def checked(system: System, given: Mapping[str, Any]) -> RuleFields:
    """The rule that was described.

    Raises:
        ArgumentError: it breaks a rule, or its webhook is where nothing is sent.
    """
    try:
        fields = RuleFields.model_validate(given)
    except ValidationError as error:
        raise ArgumentError(sentence(error.errors())) from None
    require_webhook(system, fields.url)
    around = (fields.search.latitude, fields.search.longitude, fields.search.km)
    if None in around and any(value is not None for value in around):
        raise ArgumentError("a circle has latitude, longitude and km; one of them is missing")
    return fields


def require_webhook(system: System, url: str) -> None:
    """Refuse an address that is known not to be sent to; a name is judged when it is sent.

    Raises:
        ArgumentError: it is such a one.
    """
    if not url:
        return
    guard = guard_of(system.guard)
    try:
        parts = guard.require_url(url)
        if parts.scheme == "rtsp":
            raise ArgumentError("url: a webhook begins with https:// or http://")
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with suppress(ValueError):
            guard.require_address(str(ipaddress.ip_address(host)), port)
    except DeviceError as error:
        raise ArgumentError(f"url: {error.detail}") from None


def send_test(system: System, rule: Rule, by: str) -> None:
    """Have a rule's webhook told something."""
    if not rule.fields.url:
        raise HTTPException(409, "this rule has no webhook; give it an address first")
    data = {"rule": {"id": rule.id, "name": rule.fields.name, "kind": rule.fields.kind}, "by": by}
    with system.engine.begin() as connection:
        deliveries.enqueue(connection, rule.id, "test", now(), data)


def host_of(url: str) -> str:
    """Of a webhook: its path may be a secret."""
    return urlsplit(url).hostname or ""


def _given(sent: Mapping[str, str]) -> dict[str, Any]:
    """The fields that a form sent; what is empty was left out."""
    filled = {name: value for name, value in sent.items() if value.strip()}
    known = RuleFields.model_fields.keys() - {"search", "is_active"}
    given: dict[str, Any] = {name: filled[name] for name in known if name in filled}
    given["search"] = {name: filled[name] for name in SEARCHED if name in filled}
    return given | {"is_active": "is_active" in sent}


def _besides(rule: Rule) -> dict[str, Any]:
    """What a rule's search has and the form has not; it is not lost when the form is saved."""
    return rule.fields.search.model_dump(exclude={*SEARCHED}, exclude_defaults=True)


def _form(request: Request, system: System, given: Mapping[str, Any], fault: str = "") -> Response:
    return page(
        request, "alert", 422 if fault else 200, rule=None, given=given, fault=fault, kinds=KINDS,
        more=RULE_WORDS, classes=system.model.classes, secret="", log=[], sent=[], host=host_of,
        besides="",
    )  # fmt: skip


def _rule_page(
    request: Request,
    system: System,
    rule: Rule,
    status: int = 200,
    *,
    given: Mapping[str, Any] | None = None,
    fault: str = "",
    secret: str = "",
) -> Response:
    with system.engine.connect() as connection:
        log = alerts.log(connection, 30, rule.id)
        sent = deliveries.log(connection, 30, rule.id)
    if given is None:
        given = _shown(rule.fields)
    if not may(request.state.person.role, "operator"):
        given = {**given, "url": host_of(rule.fields.url)}
    return page(
        request, "alert", status, rule=rule, given=given, fault=fault, kinds=KINDS,
        more=RULE_WORDS, classes=system.model.classes, secret=secret, log=log, sent=sent,
        host=host_of,
        besides=", ".join(f"{name} {value}" for name, value in _besides(rule).items()),
    )  # fmt: skip


def _shown(fields: RuleFields) -> dict[str, Any]:
    """A rule as its form shows it."""
    shown = fields.model_dump(exclude={"search"}) | Search.model_dump(fields.search)
    shown["kind"] = fields.kind  # of the rule, not of cameras
    shown["label"] = fields.label
    for name, value in shown.items():
        if value is None or value is False:
            shown[name] = ""
        elif isinstance(value, float):
            shown[name] = f"{value:g}"
    return shown
