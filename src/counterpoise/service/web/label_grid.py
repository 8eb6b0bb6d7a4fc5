"""Twenty-four frames in which the model saw one class: mark those that are not of it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response

from counterpoise.errors import ArgumentError
from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.labels import CLASS, Verdict
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.labels import told
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Labeller, Meant

router = APIRouter(include_in_schema=False)

SHOWN = 24


@router.get("/label/grid")
def whole(
    request: Request,
    system: Running,
    person: Labeller,
    label: Annotated[str, Query(max_length=200)] = "",
    done: Annotated[int, Query(ge=0, le=SHOWN)] = 0,
) -> Response:
    """The page; without a class, of that which waits most."""
    system.labelling.filler.want()
    with system.engine.connect() as connection:
        waiting = label_queue.classes_waiting(connection)
        label = label or max(waiting, key=lambda name: waiting[name], default="")
        found = label_queue.of_class(connection, person.name, label, SHOWN)
    system.labelling.handed.hold(person.name, [one.result for one in found])
    return page(
        request, "label_grid", frames=[told(one) for one in found], label=label, waiting=waiting,
        classes=system.model.classes, done=done,
    )  # fmt: skip


@router.post("/label/grid", dependencies=[Meant])
def say(system: Running, person: Labeller, sent: SentForm) -> Response:
    """Label the marked frames, or all the others, in one transaction."""
    label = sent.get("label", "")
    shown = _numbers(sent, "frame-")
    marked = _numbers(sent, "marked-")
    is_rest = sent.get("do") == "rest"
    frames = [frame for frame in shown if (frame in marked) != is_rest]
    try:
        text = f"{CLASS}:{label}" if is_rest else sent.get("say", "")
        verdict = Verdict.of(text, system.model.classes)
        with system.engine.begin() as connection:
            for frame in frames:
                labels.give(connection, frame, person.name, verdict, now())
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    for frame in frames:
        system.labelling.handed.free(frame)
    return RedirectResponse(f"/label/grid?label={quote(label, safe='')}&done={len(frames)}", 303)


def _numbers(sent: SentForm, begin: str) -> list[int]:
    names = [name.removeprefix(begin) for name in sent if name.startswith(begin)]
    found = [int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 19]
    return found[:SHOWN]
