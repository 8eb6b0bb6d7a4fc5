"""Labels by REST: what is asked, what people say of it, and files of labels."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from counterpoise.errors import DataError
from counterpoise.service.database import labels
from counterpoise.service.labelling.reading import import_file
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.api_exchange import RefusedOut
from counterpoise.service.web.labels import AHEAD, label, next_frames, take_back
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import Labeller, MeantProgram, Number

router = APIRouter(prefix="/api/labels")

MOST = 1000  # settled frames of one answer


class AskedOut(BaseModel):
    """A frame that somebody is asked about."""

    model_config = ConfigDict(from_attributes=True)

    result: int = Field(description="Number of the frame, and of its result.")
    camera: int
    camera_name: str
    at: int = Field(description="Microseconds since 1970, UTC.")
    predicted: str = Field(description="What the model said.")
    shares: dict[str, float] = Field(description="Class to probability, the largest first.")
    reason: str = Field(description="Why it is asked about, in a word.", examples=["uncertainty"])
    why: str = Field(description="The same as a sentence.")
    state: str = Field(description="open, disputed or settled.")


class SaidIn(BaseModel):
    """What somebody says of a frame."""

    say: str = Field(
        max_length=300,
        description="class:NAME with a class of the running model, none, bad or skipped.",
        examples=["class:cat"],
    )


class StateOut(BaseModel):
    """A frame after a label was given or taken back."""

    frame: int | None = Field(description="Its number; null where there was nothing to take back.")
    state: str = Field(description="open, disputed or settled; empty after taking back.")


class SettledOut(BaseModel):
    """A frame whose class is known."""

    model_config = ConfigDict(from_attributes=True)

    result: int
    camera: int
    at: int = Field(description="Microseconds since 1970, UTC.")
    verdict: str = Field(description="class, none (of the classes) or bad (picture).")
    label: str = Field(description="The class; empty unless the verdict is class.")
    predicted: str = Field(description="What the model said.")
    model_id: int = Field(description="Which model said so.")
    is_random: bool = Field(description="Of the random tenth: judged on, and never trained on.")


class ImportedOut(BaseModel):
    """What an import did, or would do."""

    rows: int
    taken: int = Field(description="Frames that are labelled by it.")
    refused: list[RefusedOut]


async def _body(request: Request, person: Labeller) -> bytes:
    return await request.body()


_FILES = {
    name: {"schema": {"type": "string", "format": "binary"}}
    for name in ("text/csv", "application/json")
}


@router.get("/queue")
def queue(
    system: Running,
    person: Labeller,
    most: Annotated[int, Query(ge=1, le=AHEAD, description="Frames, at most.")] = AHEAD,
) -> list[AskedOut]:
    """The frames that the asker is to label next; nobody else is asked about them meanwhile."""
    return [AskedOut.model_validate(one) for one in next_frames(system, person, most)]


@router.get("")
def settled(
    system: Running,
    person: Labeller,
    after: Annotated[int, Query(ge=0, lt=2**63, description="Larger numbers only.")] = 0,
    most: Annotated[int, Query(ge=1, le=MOST, description="Frames, at most.")] = MOST,
    random: Annotated[
        bool | None, Query(description="Of the random tenth alone, or without it.")
    ] = None,
) -> list[SettledOut]:
    """Frames whose class is settled, by number."""
    every = (labels.CLASS, labels.NONE, labels.BAD)
    with system.engine.connect() as connection:
        found = labels.settled(connection, random=random, verdicts=every, after=after, most=most)
    return [SettledOut.model_validate(one) for one in found]


@router.post("/undo", dependencies=[MeantProgram])
def undo(system: Running, person: Labeller) -> StateOut:
    """Take back the asker's newest label."""
    return StateOut(frame=take_back(system, person), state="")


@router.post(
    "/import",
    dependencies=[MeantProgram],
    openapi_extra={"requestBody": {"required": True, "content": _FILES}},
)
def imported(
    system: Running,
    person: Labeller,
    content: Annotated[bytes, Depends(_body)],
    dry_run: Annotated[bool, Query(description="Say what would happen, and do nothing.")] = False,
) -> ImportedOut:
    """Label the frames that a file names, which is the body: CSV, or JSON of Label Studio.

    A row that names an unknown frame or class is refused and stops no other.
    """
    try:
        found = import_file(
            system.engine, content, system.model.classes, now(), person.name, dry=dry_run
        )
    except DataError as error:
        raise HTTPException(422, str(error)) from None
    refused = [RefusedOut.model_validate(one, from_attributes=True) for one in found.refused]
    return ImportedOut(rows=found.rows, taken=len(found.taken), refused=refused)


@router.put("/{number}", dependencies=[MeantProgram])
def say(
    system: Running, person: Labeller, number: Number, asked: Annotated[SaidIn, Body()]
) -> StateOut:
    """Label a frame, in place of what the asker said of it before."""
    return StateOut(frame=number, state=label(system, person, number, asked.say))
