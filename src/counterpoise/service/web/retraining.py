"""The page on which a training with the labels is begun, followed and stopped."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from counterpoise.errors import ArgumentError
from counterpoise.service.access.roles import may
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_counts, retrainings
from counterpoise.service.labelling.recipe import COMPARE, COMPARED, DEFAULT, METHODS, Plan
from counterpoise.service.system import System
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Labeller, Meant, Operator

router = APIRouter(include_in_schema=False)

ROUNDS = 10_000  # at most


@router.get("/label/training")
def whole(request: Request, system: Running, person: Labeller) -> Response:
    """The page."""
    return _page(request, system)


@router.get("/label/training/now")
def current(request: Request, system: Running, person: Labeller) -> Response:
    """What changes on the page, which it asks for again every two seconds."""
    return page(request, "retrainings", **_current(system, person.role))


@router.post("/label/training", dependencies=[Meant])
def begin(request: Request, system: Running, person: Operator, sent: SentForm) -> Response:
    """Begin one."""
    rounds = sent.get("rounds", "").strip()
    try:
        if rounds and not (rounds.isascii() and rounds.isdigit() and int(rounds) <= ROUNDS):
            raise ArgumentError(
                f"rounds are a number up to {ROUNDS}, or empty; got '{rounds[:80]}'"
            )
        plan = Plan(sent.get("method", ""), int(rounds or 0), system.settings.retrain_with)
        system.labelling.retrainer.begin(plan, person.name)
    except ArgumentError as error:
        return _page(request, system, str(error))
    return RedirectResponse("/label/training", 303)


@router.post("/label/training/stop", dependencies=[Meant])
def stop(system: Running, person: Operator) -> Response:
    """Stop the one that runs."""
    system.labelling.retrainer.cancel(person.name)
    return RedirectResponse("/label/training", 303)


def _page(request: Request, system: System, fault: str = "") -> Response:
    model = system.model
    trains = not isinstance(model, Program) and hasattr(model, "described")
    anew = ""
    if not isinstance(model, Program) and trains:
        anew = system.labelling.retrainer.begins_with(model)[1]
    with system.engine.connect() as connection:
        usable, judged = label_counts.by_class(connection)
    return page(
        request, "retraining", 422 if fault else 200, fault=fault, usable=usable, judged=judged,
        classes=system.model.classes, trains=trains, methods=METHODS,
        compare=COMPARE, compared=COMPARED,
        method=DEFAULT, anew=anew, base=system.settings.retrain_with,
        **_current(system, request.state.person.role),
    )  # fmt: skip


def _current(system: System, role: str) -> dict[str, Any]:
    retrainer = system.labelling.retrainer
    with system.engine.connect() as connection:
        known = retrainings.latest(connection)
    running = retrainer.running
    return {
        "known": [(one, _measured(one.detail)) for one in known],
        "running": running,
        "log": retrainer.said(known[0].id) if known else "",
        "may_begin": may(role, "operator"),
    }


def _measured(detail: str) -> dict[str, Any]:
    """What was measured, of one that came to its end; nothing of another."""
    try:
        found = json.loads(detail)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
