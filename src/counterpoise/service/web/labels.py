"""The page on which people label frames, one at a time, by the keyboard."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from counterpoise.errors import ArgumentError
from counterpoise.service.database import label_counts, label_queue, labels
from counterpoise.service.database.label_queue import Asked
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.people import Person
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.site import Running, moment, page, percent
from counterpoise.service.web.visitor import Labeller, Meant, Number

router = APIRouter(include_in_schema=False)

AHEAD = 12  # frames whose pictures a browser fetches before they are looked at
OWN = {"n": "none", "b": "bad", "s": "skipped"}  # keys that are of no class; u takes back
KEYS = [*"1234567890", *(letter for letter in ascii_lowercase if letter not in "nbsu")]

Frame = Annotated[int | None, Query(ge=0, lt=2**63)]


@router.get("/label")
def whole(request: Request, system: Running, person: Labeller, frame: Frame = None) -> Response:
    """The page, with a frame that is named or the next one."""
    asked = next_frames(system, person, 1)
    with system.engine.connect() as connection:
        given = None if frame is None else label_queue.one(connection, frame)
        said = labels.of_frames(connection, [frame]) if given and frame is not None else {}
        counts = label_counts.states(connection)
        mine = label_counts.of_person(connection, person.name)
    one = given or (asked[0] if asked else None)
    return page(
        request, "label", one=one, shown=None if one is None else told(one), keys=keys(system),
        counts=counts, mine=mine,
        queue=system.labelling.filler.said, said=said.get(frame or -1, []),
        classes=system.model.classes,
    )  # fmt: skip


@router.get("/label/next.json")
def following(
    system: Running, person: Labeller, most: Annotated[int, Query(ge=1, le=AHEAD)] = AHEAD
) -> Response:
    """The next frames, whose pictures the page fetches beforehand."""
    return JSONResponse([told(one) for one in next_frames(system, person, most)])


@router.post("/label/undo", dependencies=[Meant])
def undo(system: Running, person: Labeller) -> Response:
    """Take back one's newest label, and show that frame again."""
    frame = take_back(system, person)
    return RedirectResponse("/label" if frame is None else f"/label?frame={frame}", 303)


@router.post("/label/undo.json", dependencies=[Meant])
def undo_at_once(system: Running, person: Labeller) -> Response:
    """The same for the page's script: the frame, or null."""
    frame = take_back(system, person)
    with system.engine.connect() as connection:
        one = None if frame is None else label_queue.one(connection, frame)
    return JSONResponse(None if one is None else told(one))


@router.post("/label/{number}", dependencies=[Meant])
def say(system: Running, person: Labeller, number: Number, sent: SentForm) -> Response:
    """Label a frame."""
    label(system, person, number, sent.get("say", ""))
    return RedirectResponse("/label", 303)


@router.post("/label/{number}/said.json", dependencies=[Meant])
def say_at_once(system: Running, person: Labeller, number: Number, sent: SentForm) -> Response:
    """The same for the page's script."""
    return JSONResponse({"state": label(system, person, number, sent.get("say", ""))})


def next_frames(system: System, person: Person, most: int) -> list[Asked]:
    """What a person is asked next, which others are not asked meanwhile."""
    desk = system.labelling
    desk.filler.want()
    with system.engine.connect() as connection:
        others = desk.handed.others(person.name)
        found = label_queue.next_for(connection, person.name, most, others)
    desk.handed.hold(person.name, [one.result for one in found])
    return found


def label(system: System, person: Person, frame: int, text: str) -> str:
    """Keep what a person says of a frame; the state that it is in then."""
    try:
        verdict = Verdict.of(text, system.model.classes)
        with system.engine.begin() as connection:
            state = labels.give(connection, frame, person.name, verdict, now())
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    system.labelling.handed.free(frame)
    return state


def take_back(system: System, person: Person) -> int | None:
    """Take back a person's newest label; its frame."""
    with system.engine.begin() as connection:
        frame = labels.undo(connection, person.name, now())
    if frame is not None:
        system.labelling.handed.hold(person.name, [frame])
    return frame


def keys(system: System) -> list[tuple[str, str]]:
    """(key, class): digits, then letters, in the order of the classes; "" beyond them.

    A class whose name is a key has that one.
    """
    names = list(system.model.classes)
    own = {name for name in names if name in KEYS}
    left = iter([key for key in KEYS if key not in own])
    return [(name if name in own else next(left, ""), name) for name in names]


def told(one: Asked) -> dict[str, Any]:
    """A frame as the page shows it."""
    return {
        "result": one.result,
        "picture": f"/cameras/{one.camera}/picture?result={one.result}",
        "camera": one.camera,
        "name": one.camera_name,
        "when": moment(one.at, one.timezone),
        "why": one.why,
        "state": one.state,
        "shares": [[name, percent(share)] for name, share in list(one.shares.items())[:3]],
    }
