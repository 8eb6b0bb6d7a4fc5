"""The REST interface, for programs. Its description is at /api/docs and /api/openapi.json."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from counterpoise.errors import ArgumentError
from counterpoise.service.database import account, cameras, removal, results
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.search import Search
from counterpoise.service.gazetteer.locating import located
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.kinds import require_place
from counterpoise.service.web.camera_history import NUMBER
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import MeantProgram, Number, Operator, Viewer

router = APIRouter(prefix="/api")


def _described(schema: dict[str, Any]) -> None:
    """What is said of each field where it is asked for, without the rules of what is asked."""
    of = CameraFields.model_json_schema()["properties"]
    for name, about in schema["properties"].items():
        kept = {key: of.get(name, {}).get(key) for key in ("description", "examples")}
        about.update({key: value for key, value in kept.items() if value})


class CameraOut(BaseModel):
    """A camera as it is stored, with how it is."""

    model_config = ConfigDict(json_schema_extra=_described)

    name: str
    kind: str
    url: str
    interval: float
    latitude: float | None
    longitude: float | None
    city: str
    state: str
    country: str
    timezone: str
    source: str
    attribution: str
    industry: str
    brand: str
    key: str
    stores_pictures: bool
    is_active: bool
    id: int
    health: str = Field(examples=["live"])
    reason: str = Field(description="Why it is not live.")
    last_frame: int | None = Field(description="Microseconds since 1970, UTC.")
    last_label: str = Field(description="What was seen last.")


class CamerasOut(BaseModel):
    """The first cameras that fit."""

    number: int = Field(description="How many fit.")
    cameras: list[CameraOut]


class ResultOut(BaseModel):
    """What the model said of one frame."""

    id: int
    at: int = Field(description="When its last byte arrived: microseconds since 1970, UTC.")
    label: str
    probability: float | None = Field(description="Of the label; null for a model of margins.")
    shares: dict[str, float] = Field(description="Probability, or margin, of each class.")
    model: str
    values: dict[str, str | float | bool | None] = Field(
        description="What else an analysis program says of it.", examples=[{"people": 3}]
    )
    latitude: float | None = Field(description="Where the device said it was; null if it did not.")
    longitude: float | None


class AccountOut(BaseModel):
    """fetched = analysed + dropped + in_flight."""

    fetched: int
    analysed: int
    dropped: dict[str, int]
    in_flight: int


class HistoryOut(BaseModel):
    """How often each class was seen."""

    times: list[int] = Field(description="Begin of each period: seconds since 1970, UTC.")
    counts: dict[str, list[int]]


@router.get("/cameras")
def search(
    system: Running,
    person: Viewer,
    asked: Annotated[Search, Query()],
) -> CamerasOut:
    """Search cameras by place, words and health."""
    try:
        search = located(asked, system.places).search
        with system.engine.connect() as connection:
            found, number = cameras.find(connection, search)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return CamerasOut(number=number, cameras=[_out(row) for row in found])


@router.post("/cameras", status_code=201, dependencies=[MeantProgram])
def add(system: Running, person: Operator, fields: Annotated[CameraFields, Body()]) -> CameraOut:
    """Add a camera."""
    _require(system, fields)
    try:
        with system.engine.begin() as connection:
            number = cameras.add(connection, fields, now(), person.name)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    system.reassign()
    return get(system, person, number)


@router.get("/cameras/{number}")
def get(system: Running, person: Viewer, number: Number) -> CameraOut:
    """One camera."""
    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
    if row is None:
        raise HTTPException(404, f"there is no camera {number}")
    return _out(row)


@router.put("/cameras/{number}", dependencies=[MeantProgram])
def change(
    system: Running, person: Operator, number: Number, fields: Annotated[CameraFields, Body()]
) -> CameraOut:
    """Give a camera these fields."""
    get(system, person, number)
    _require(system, fields)
    try:
        with system.engine.begin() as connection:
            cameras.change(connection, number, fields, now(), person.name)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    system.reassign()
    return get(system, person, number)


@router.delete("/cameras/{number}", status_code=204, dependencies=[MeantProgram])
def remove(system: Running, person: Operator, number: Number) -> None:
    """Forget a camera and its results."""
    get(system, person, number)
    removal.remove(system.engine, [number], now(), person.name)
    system.reassign()


@router.get("/cameras/{number}/results")
def latest(
    system: Running,
    person: Viewer,
    number: Number,
    most: Annotated[int, Query(ge=1, le=500, description="Results at most.")] = 50,
    before: Annotated[
        int | None, Query(ge=0, lt=2**63, description="Only those older: microseconds since 1970.")
    ] = None,
) -> list[ResultOut]:
    """The newest results of a camera, newest first."""
    get(system, person, number)
    with system.engine.connect() as connection:
        found = results.latest(connection, number, most, before)
    return [ResultOut.model_validate(seen, from_attributes=True) for seen in found]


@router.get("/cameras/{number}/history")
def history(
    system: Running,
    person: Viewer,
    number: Number,
    period: Annotated[
        Literal["minute", "hour", "day"], Query(description="Of each count.")
    ] = "hour",
) -> HistoryOut:
    """How often each class was seen, a period apart, up to now."""
    get(system, person, number)
    end = int(time.time()) + 1
    with system.engine.connect() as connection:
        times, counts = results.history(
            connection,
            number,
            results.PERIODS[period],
            end - NUMBER[period] * results.PERIODS[period],
            end,
        )
    return HistoryOut(times=times, counts=counts)


@router.get("/account")
def balance(
    system: Running,
    person: Viewer,
    camera: Annotated[
        int | None, Query(ge=0, lt=2**63, description="Its number; all cameras without.")
    ] = None,
) -> AccountOut:
    """What became of frames, of all cameras or of one."""
    if camera is not None:
        get(system, person, camera)
    with system.engine.connect() as connection:
        found = account.balance(connection, camera)
    return AccountOut(
        fetched=found.fetched,
        analysed=found.analysed,
        dropped=dict(found.dropped),
        in_flight=found.in_flight,
    )


def _require(system: Running, fields: CameraFields) -> None:
    try:
        require_place(fields.kind, fields.url, system.guard)
    except ArgumentError as error:
        raise HTTPException(422, f"kind: {error}") from None
    except DeviceError as error:
        raise HTTPException(422, f"url: {error.detail}") from None


def _out(row: dict[str, Any]) -> CameraOut:
    return CameraOut.model_validate({name: row[name] for name in CameraOut.model_fields})
