"""Frames of which people say different things, and how far people agree."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from counterpoise.errors import ArgumentError
from counterpoise.service.access.roles import may
from counterpoise.service.database import label_counts, label_queue, labels
from counterpoise.service.database.labels import SKIPPED, Verdict
from counterpoise.service.labelling.agreement import agreements
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.labels import told
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Admin, Labeller, Meant, Number

router = APIRouter(include_in_schema=False)

SHOWN = 24


@router.get("/label/disputes")
def whole(request: Request, system: Running, person: Labeller) -> Response:
    """The page."""
    with system.engine.connect() as connection:
        found = label_queue.disputed(connection, SHOWN)
        said = labels.of_frames(connection, [one.result for one in found])
        number = label_counts.states(connection).get(labels.DISPUTED, 0)
        pairs = agreements(label_counts.said_twice(connection))
        people = label_counts.by_person(connection)
        usable, judged = label_counts.by_class(connection)
    return page(
        request, "label_disputes", frames=[(told(one), said[one.result]) for one in found],
        number=number, pairs=pairs, people=people, classes=system.model.classes,
        may_decide=may(person.role, "admin"), by_class=usable + judged, judged=judged,
    )  # fmt: skip


@router.post("/label/{number}/decide", dependencies=[Meant])
def decide(system: Running, person: Admin, number: Number, sent: SentForm) -> Response:
    """Settle a frame, whatever others say."""
    try:
        verdict = Verdict.of(sent.get("say", ""), system.model.classes)
        if verdict.kind == SKIPPED:
            raise ArgumentError("a frame is settled as a class, as none of them, or as bad")
        with system.engine.begin() as connection:
            labels.give(connection, number, person.name, verdict, now(), is_final=True)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return RedirectResponse("/label/disputes", 303)
