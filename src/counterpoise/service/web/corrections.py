"""A prior correction of the model that runs: applied and taken back, by a form and by REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.service.promotion import correcting
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System
from counterpoise.service.web.drift import drift_page
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import Admin, Meant, MeantProgram

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/models")


class SharesIn(BaseModel):
    """The shares of the classes that the model is to assume."""

    shares: list[float] = Field(
        max_length=1000,
        description="Of each class, in the order of the model's; they are scaled to sum to 1.",
        examples=[[0.9, 0.1]],
    )
    model: str | None = Field(
        None,
        max_length=64,
        description="Digest of the model that they are for; refused where another one runs. "
        "Without it they are for whatever runs.",
    )


class RunsOut(BaseModel):
    """The model that runs now."""

    name: str
    digest: str = Field(description="That its results are by; a correction has its own.")


@router.post("/models/drift/correct", dependencies=[Meant])
def correct(request: Request, system: Running, person: Admin, sent: SentForm) -> Response:
    """Apply the shares that the page showed."""
    try:
        shares, of = _shares(sent.get("shares", "")), sent.get("model", "")
        applied(system, shares, person.name, of)
    except CounterpoiseError as error:
        return drift_page(request, system, person, str(error), 422)
    return RedirectResponse("/models/drift", 303)


@router.post("/models/drift/take-back", dependencies=[Meant])
def take_back(request: Request, system: Running, person: Admin) -> Response:
    """Run the model as it was."""
    try:
        taken_back(system, person.name)
    except CounterpoiseError as error:
        return drift_page(request, system, person, str(error), 422)
    return RedirectResponse("/models/drift", 303)


@api.put("/correction", dependencies=[MeantProgram])
def correct_by_rest(system: Running, person: Admin, asked: Annotated[SharesIn, Body()]) -> RunsOut:
    """Have the running model assume other shares, such as those of `GET /api/models/drift`.

    Probabilities are those that Bayes' rule gives for these shares; results have a model of their
    own from then on.
    """
    return _done(system, lambda: applied(system, asked.shares, person.name, asked.model))


@api.delete("/correction", dependencies=[MeantProgram])
def take_back_by_rest(system: Running, person: Admin) -> RunsOut:
    """Run the model as it was before any correction."""
    return _done(system, lambda: taken_back(system, person.name))


def applied(system: System, shares: list[float], who: str, of: str | None) -> None:
    """Correct the model, and run it at once; refused where another than `of` runs."""
    if of is not None and of != system.model.digest:
        raise ArgumentError(
            f"another model runs since these shares were shown; look at those of {system.name}"
        )
    correcting.correct(system.engine, system.settings.folder, shares, who, now())
    system.following.sync()


def taken_back(system: System, who: str) -> None:
    """Run the model as it was, at once."""
    correcting.take_back(system.engine, system.settings.folder, who, now())
    system.following.sync()


def _shares(text: str) -> list[float]:
    try:
        return [float(one) for one in text.split(",")]
    except ValueError:
        raise ArgumentError(
            f"shares are numbers with commas between them; got '{text[:80]}'"
        ) from None


def _done(system: System, what: Callable[[], None]) -> RunsOut:
    try:
        what()
    except CounterpoiseError as error:
        raise HTTPException(409, str(error)) from None
    return RunsOut(name=system.name, digest=system.model.digest)
