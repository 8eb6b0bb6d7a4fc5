"""Candidates: models that may take the running one's place, compared with it and promoted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.service.database import candidates, model_choices, results
from counterpoise.service.database.candidates import STATES, Known
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.labelled_frames import random_tenth
from counterpoise.service.promotion import promoting
from counterpoise.service.promotion.agreement import Agreement, Apart, agreement
from counterpoise.service.promotion.examining import judgement, unknown
from counterpoise.service.promotion.judging import LEAST, Estimate, Judged
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System
from counterpoise.service.web.analysis_words import points, share
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Admin, Meant, Number, Viewer

router = APIRouter(include_in_schema=False)

PLACE = "/models/candidates"


@dataclass(frozen=True)
class Compared:
    """A candidate beside the model that runs.

    Args:
        candidate: it.
        runs: whether it is the model that runs.
        classes: how its classes go with the running model's, in a sentence.
        is_fit: whether it has every class of the running model.
        agreement: on the frames that both saw.
        judged: on the labelled frames of the random tenth.
        labelled: how many of these there are.
        left: how many of these one of the two was not asked about yet.
    """

    candidate: Known
    runs: bool
    classes: str
    is_fit: bool
    agreement: Agreement
    judged: Judged
    labelled: int
    left: int


@router.get(PLACE)
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """All of them, and which model ran when."""
    return _page(request, system)


@router.post(PLACE, dependencies=[Meant])
def add(
    request: Request,
    system: Running,
    person: Admin,
    folder: Annotated[str, Form(max_length=1000)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Add the model of a folder of the server."""
    try:
        number = added(system, folder, name, person.name)
    except CounterpoiseError as error:
        return _page(request, system, 422, fault=str(error), folder=folder, name=name)
    return RedirectResponse(f"{PLACE}/{number}", 303)


@router.post("/models/rollback", dependencies=[Meant])
def back(
    request: Request,
    system: Running,
    person: Admin,
    running: Annotated[int | None, Form()] = None,
) -> Response:
    """Run the model again that ran before the one of the page."""
    try:
        rolled_back(system, person.name, running)
    except CounterpoiseError as error:
        return _page(request, system, 422, fault=str(error))
    return RedirectResponse(PLACE, 303)


@router.get(f"{PLACE}/{{number}}")
def one(request: Request, system: Running, person: Viewer, number: Number) -> Response:
    """A candidate beside the model that runs."""
    return _one(request, system, number)


@router.post(f"{PLACE}/{{number}}/shadow", dependencies=[Meant])
def shadow(
    request: Request,
    system: Running,
    person: Admin,
    number: Number,
    by_rule: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Have it see the frames of the running model."""
    return _done(
        request, system, number, lambda: shadowed(system, number, bool(by_rule), person.name)
    )


@router.post(f"{PLACE}/{{number}}/stop", dependencies=[Meant])
def stop(request: Request, system: Running, person: Admin, number: Number) -> Response:
    """Have it see no more frames."""
    return _done(request, system, number, lambda: stopped(system, number, person.name))


@router.post(f"{PLACE}/{{number}}/promote", dependencies=[Meant])
def promote(request: Request, system: Running, person: Admin, number: Number) -> Response:
    """Have it run in place of the model that runs."""
    return _done(request, system, number, lambda: promoted(system, number, person.name))


@router.post(f"{PLACE}/{{number}}/remove", dependencies=[Meant])
def remove(request: Request, system: Running, person: Admin, number: Number) -> Response:
    """Forget it."""
    known(system, number)
    removed(system, number, person.name)
    return RedirectResponse(PLACE, 303)


def known(system: System, number: int) -> Known:
    """A candidate that is there."""
    with system.engine.connect() as connection:
        try:
            return candidates.one(connection, number)
        except ArgumentError as error:
            raise HTTPException(404, str(error)) from None


def added(system: System, folder: str, name: str, who: str) -> int:
    """A new candidate of a folder; its number.

    Raises:
        CounterpoiseError: it is refused, and why.
    """
    given = folder.strip()
    if not given or "\0" in given or not Path(given).is_absolute():
        raise ArgumentError(
            "name the exported folder by its whole path on the server, such as "
            f"/srv/models/round-2/onnx; got '{given}'"
        )
    return promoting.add(
        system.engine, system.settings.folder, Path(given), who, now(), name=name.strip()
    )


def shadowed(system: System, number: int, by_rule: bool, who: str) -> None:
    """Have a candidate see the frames of the running model."""
    with system.engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        found = candidates.one(connection, number)
        running = model_choices.current(connection)
        if running is not None and running.model == found.model:
            raise ArgumentError(f"{found.name} runs already")
        promoting.matched_classes(connection, found.classes)
        candidates.shadow(connection, number, by_rule, now(), who)
    system.following.sync()


def stopped(system: System, number: int, who: str) -> None:
    """Have a candidate see no more frames."""
    with system.engine.begin() as connection:
        candidates.stop(connection, number, now(), who)
    system.following.sync()


def promoted(system: System, number: int, who: str) -> None:
    """Have a candidate run."""
    promoting.promote(system.engine, system.settings.folder, number, who, now())
    system.following.sync()


def rolled_back(system: System, who: str, seen: int | None = None) -> None:
    """Have the model run again that ran before; `seen` ran on the page, if a page asks."""
    promoting.roll_back(system.engine, system.settings.folder, who, now(), seen=seen)
    system.following.sync()


def removed(system: System, number: int, who: str) -> None:
    """Forget a candidate."""
    with system.engine.begin() as connection:
        candidates.stop(connection, number, now(), who)
    system.following.sync()
    promoting.remove(system.engine, system.settings.folder, number, who, now())


def compared(connection: Connection, found: Known) -> Compared:
    """A candidate beside the model that runs."""
    running = model_choices.current(connection)
    assert running is not None, "a server that runs has chosen a model"
    frames = random_tenth(connection)
    try:
        said, is_fit = promoting.matched_classes(connection, found.classes).said, True
    except ArgumentError as error:
        said, is_fit = f"{str(error)[0].upper()}{str(error)[1:]}.", False
    left = {f.result for f in unknown(connection, frames, found.model)}
    left |= {f.result for f in unknown(connection, frames, running.model)}
    return Compared(
        found, running.model == found.model, said, is_fit,
        agreement(candidates.pairs(connection, found.model, running.model), found.classes),
        judgement(connection, frames, running.model, found), len(frames), len(left),
    )  # fmt: skip


def said(found: Compared) -> str:
    """How a candidate compares, in a sentence."""
    one = found.candidate
    if found.runs:
        return "It is the model that runs."
    if one.fault:
        return f"It cannot be run, and the model that runs goes on: {one.fault}"
    if found.judged.balanced is not None:
        first, second, difference = found.judged.balanced
        sure = "" if difference.low > 0 or difference.high < 0 else ", which may be chance"
        off = points(abs(difference.value)).removeprefix("+")
        more = f"{'better' if difference.value > 0 else 'worse'} by {off} points"
        if float(off) == 0:
            more, sure = "no difference in points", ""
        between = f"between {points(difference.low)} and {points(difference.high)}"
        return (
            f"On {found.judged.number} labelled frames its balanced accuracy is {share(second)}, "
            f"that of the running model {share(first)}: {more}, {between}{sure}."
        )
    if found.agreement.number:
        same = found.agreement.same / found.agreement.number
        return (
            f"On {share(same)} of {found.agreement.number} frames it says what the running model "
            "says. Which of the two is right, labels will tell."
        )
    return (
        "It saw no frames yet. Show it those of the running model first, which has no other effect."
    )


def _done(request: Request, system: System, number: int, what: Callable[[], None]) -> Response:
    known(system, number)
    try:
        what()
    except CounterpoiseError as error:
        return _one(request, system, number, 422, str(error))
    return RedirectResponse(f"{PLACE}/{number}", 303)


def _page(
    request: Request, system: System, status: int = 200, *, fault: str = "", folder: str = "",
    name: str = "",
) -> Response:  # fmt: skip
    with system.engine.connect() as connection:
        found, ran = candidates.every(connection), model_choices.history(connection)
        before, running = model_choices.before(connection), model_choices.current(connection)
    return page(
        request, "candidates", status, found=found, ran=ran, before=before, running=running,
        states=STATES, fault=fault, folder=folder, name=name, runs=system.following.running,
    )  # fmt: skip


def _one(
    request: Request, system: System, number: int, status: int = 200, fault: str = ""
) -> Response:
    one = known(system, number)
    with system.engine.connect() as connection:
        found = compared(connection, one)
        running, before = model_choices.current(connection), model_choices.before(connection)
        apart = [_apart(connection, pair) for pair in found.agreement.apart]
    return page(
        request, "candidate", status, found=found, one=one, fault=fault,
        said=said(found), is_awaited=found.runs and one.model != system.following.running,
        running=running, before=before, apart=apart, states=STATES, least=LEAST, share=share,
        between=_between, rows=found.judged.recalls,
    )  # fmt: skip


def _apart(connection: Connection, pair: Apart) -> dict[str, Any]:
    result = results.of_frame(connection, pair.camera, pair.at)
    shown = f"/cameras/{pair.camera}/picture?result={result[0]}" if result and result[1] else ""
    return {"pair": pair, "picture": shown}


def _between(one: Estimate | None, signed: bool = False) -> str:
    """An estimate with its interval, as a person reads it; empty without."""
    if one is None:
        return ""
    if signed:
        return f"{points(one.value)} ({points(one.low)} to {points(one.high)})"
    return f"{share(one.value)} ({share(one.low)} to {share(one.high)})"
