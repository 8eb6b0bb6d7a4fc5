"""Candidates by REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from counterpoise.errors import CounterpoiseError
from counterpoise.service.database import candidates, model_choices
from counterpoise.service.web import candidates as pages
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import Admin, MeantProgram, Number, Viewer

router = APIRouter(prefix="/api/models")


class CandidateIn(BaseModel):
    """A model to be added."""

    folder: str = Field(
        max_length=1000,
        description="The exported folder, by its whole path on the server.",
        examples=["/srv/models/round-2/onnx"],
    )
    name: str = Field("", max_length=200, description="For people; the folder's, if it is empty.")


class ShadowIn(BaseModel):
    """How a candidate is shown frames."""

    by_rule: bool = Field(
        False, description="Whether it is promoted by itself as soon as the rule holds."
    )


class CandidateOut(BaseModel):
    """A candidate."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    model: int = Field(description="Number of its model, which its results would have.")
    digest: str = Field(description="SHA-256 of model.onnx.")
    name: str
    classes: list[str]
    added: int = Field(description="Microseconds since 1970, UTC.")
    added_by: str
    source: str = Field(description="The folder, or the retraining, that it came from.")
    state: str = Field(description="waits, shadowed or broken.")
    fault: str = Field(description="Why it is broken; empty if it is not.")
    by_rule: bool = Field(description="Whether it is promoted as soon as the rule holds.")
    since: int | None = Field(description="It is shown frames since then.")
    seen: int = Field(description="Frames that it classified beside the running model.")
    skipped: int = Field(description="Frames that it was not shown, for want of time.")
    failed: int = Field(description="Frames that it could not read.")
    seconds: float = Field(description="Of a processor, for the frames it saw.")
    milliseconds: float | None = Field(description="Of a sample, when it was added.")
    running_milliseconds: float | None = Field(description="The running model's, then.")


class EstimateOut(BaseModel):
    """A number with its interval of 95 %."""

    model_config = ConfigDict(from_attributes=True)

    value: float
    low: float
    high: float


class RecallOut(BaseModel):
    """Recall of a class on labelled frames; null where none has that label."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    number: int = Field(description="Labelled frames of the class.")
    running: EstimateOut | None
    candidate: EstimateOut | None
    difference: EstimateOut | None = Field(description="The candidate's less the running one's.")
    is_worse: bool = Field(description="Whether it is worse by more than chance.")


class AgreementOut(BaseModel):
    """How often both models say a class."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    number: int = Field(description="Frames that the running model gave the class.")
    same: int = Field(description="Of these, frames that the candidate gave it, too.")
    candidate_number: int = Field(description="Frames that the candidate gave the class.")


class CalibrationOut(BaseModel):
    """Expected calibration error of a model."""

    model_config = ConfigDict(from_attributes=True)

    number: int = Field(description="Labelled frames behind it.")
    error: float


class ComparedOut(BaseModel):
    """A candidate beside the model that runs."""

    candidate: CandidateOut
    runs: bool = Field(description="Whether it is the model that runs.")
    said: str = Field(description="How it compares, in a sentence.")
    classes: str = Field(description="How its classes go with the running model's.")
    frames: int = Field(description="That both saw.")
    agreement: list[AgreementOut]
    labelled: int = Field(description="Labelled frames of the random tenth.")
    judged: int = Field(description="Of these, frames that both were asked about.")
    recalls: list[RecallOut]
    balanced: EstimateOut | None = Field(
        description="The difference in balanced accuracy; null without labels."
    )
    running_calibration: CalibrationOut | None
    candidate_calibration: CalibrationOut | None
    rule_holds: bool
    rule: str = Field(description="What the rule says, and why.")


class ChoiceOut(BaseModel):
    """A model that ran from a moment on."""

    model_config = ConfigDict(from_attributes=True)

    at: int = Field(description="Microseconds since 1970, UTC.")
    who: str
    why: str
    model: int
    digest: str
    name: str


@router.get("/candidates")
def listed(system: Running, person: Viewer) -> list[CandidateOut]:
    """The models that may take the running one's place, the newest first."""
    with system.engine.connect() as connection:
        return [CandidateOut.model_validate(one) for one in candidates.every(connection)]


@router.post("/candidates", status_code=201, dependencies=[MeantProgram])
def add(system: Running, person: Admin, asked: Annotated[CandidateIn, Body()]) -> CandidateOut:
    """Try the model of a folder of the server, copy it, and add it. It is not shown frames yet."""
    try:
        number = pages.added(system, asked.folder, asked.name, person.name)
    except CounterpoiseError as error:
        raise HTTPException(422, str(error)) from None
    return CandidateOut.model_validate(pages.known(system, number))


@router.get("/candidates/{number}")
def one(system: Running, person: Viewer, number: Number) -> ComparedOut:
    """A candidate beside the model that runs: agreement, recall, calibration, speed, the rule."""
    known = pages.known(system, number)
    with system.engine.connect() as connection:
        found = pages.compared(connection, known)
    judged = found.judged
    balanced = None if judged.balanced is None else judged.balanced[2]
    return ComparedOut.model_validate(
        {
            "candidate": known, "runs": found.runs, "said": pages.said(found),
            "classes": found.classes, "frames": found.agreement.number,
            "agreement": list(found.agreement.classes), "labelled": found.labelled,
            "judged": judged.number, "recalls": list(judged.recalls), "balanced": balanced,
            "running_calibration": judged.running_calibration,
            "candidate_calibration": judged.candidate_calibration,
            "rule_holds": judged.holds, "rule": judged.why,
        }
    )  # fmt: skip


@router.post("/candidates/{number}/shadow", dependencies=[MeantProgram])
def shadow(
    system: Running, person: Admin, number: Number, asked: Annotated[ShadowIn, Body()]
) -> CandidateOut:
    """Show a candidate the frames of the running model, in place of any other candidate."""
    return _done(system, number, lambda: pages.shadowed(system, number, asked.by_rule, person.name))


@router.post("/candidates/{number}/stop", dependencies=[MeantProgram])
def stop(system: Running, person: Admin, number: Number) -> CandidateOut:
    """Show a candidate no more frames; what it saw is kept."""
    return _done(system, number, lambda: pages.stopped(system, number, person.name))


@router.post("/candidates/{number}/promote", dependencies=[MeantProgram])
def promote(system: Running, person: Admin, number: Number) -> CandidateOut:
    """Have a candidate run in place of the model that runs, from the next batch of frames on."""
    return _done(system, number, lambda: pages.promoted(system, number, person.name))


@router.delete("/candidates/{number}", status_code=204, dependencies=[MeantProgram])
def remove(system: Running, person: Admin, number: Number) -> None:
    """Forget a candidate, with what it saw; results by it stay."""
    pages.known(system, number)
    pages.removed(system, number, person.name)


@router.get("/choices")
def choices(system: Running, person: Viewer) -> list[ChoiceOut]:
    """Which model ran when, the newest first; the first one runs."""
    with system.engine.connect() as connection:
        return [ChoiceOut.model_validate(one) for one in model_choices.history(connection)]


@router.post("/rollback", dependencies=[MeantProgram])
def back(system: Running, person: Admin) -> list[ChoiceOut]:
    """Have the model run again that ran before; nothing that was recorded changes."""
    try:
        pages.rolled_back(system, person.name)
    except CounterpoiseError as error:
        raise HTTPException(409, str(error)) from None
    return choices(system, person)


def _done(system: Running, number: int, what: Callable[[], None]) -> CandidateOut:
    pages.known(system, number)
    try:
        what()
    except CounterpoiseError as error:
        raise HTTPException(409, str(error)) from None
    return CandidateOut.model_validate(pages.known(system, number))
