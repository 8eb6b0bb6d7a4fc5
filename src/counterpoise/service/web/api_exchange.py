"""Import and export of cameras, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from counterpoise.errors import ArgumentError, DataError
from counterpoise.service.database import cameras
from counterpoise.service.database.search import Search
from counterpoise.service.exchange.exporting import TYPES, exported
from counterpoise.service.exchange.importing import import_file
from counterpoise.service.gazetteer.locating import located
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import MeantProgram, Operator, Viewer

router = APIRouter(prefix="/api")


class RefusedOut(BaseModel):
    """What is wrong with a field of a row."""

    where: str = Field(description="Line, item or feature.", examples=["line 7"])
    field: str = Field(description="Empty where it is the row.", examples=["latitude"])
    rule: str = Field(examples=["Input should be less than or equal to 90"])
    got: str = Field(description="What arrived, cut short.", examples=["'91'"])


class ReportOut(BaseModel):
    """What an import did, or would do."""

    rows: int
    added: int
    changed: int
    unchanged: int
    placed: int = Field(description="Whose town or coordinates the gazetteer gave.")
    rows_refused: int
    refused: list[RefusedOut]
    ignored: list[str] = Field(description="Columns that no camera has.")


class Exported(Search):
    """Which cameras, and as what."""

    format: Literal["csv", "json", "geojson"] = Field(default="csv", description="Of the file.")


async def _body(request: Request, person: Operator) -> bytes:
    return await request.body()


_FILES = {
    name: {"schema": {"type": "string", "format": "binary"}}
    for name in ("text/csv", "application/json", "application/geo+json")
}


@router.post(
    "/cameras/import",
    dependencies=[MeantProgram],
    openapi_extra={"requestBody": {"required": True, "content": _FILES}},
)
def imported(
    system: Running,
    person: Operator,
    content: Annotated[bytes, Depends(_body)],
    dry_run: Annotated[bool, Query(description="Say what would happen, and do nothing.")] = False,
) -> ReportOut:
    """Import a CSV, JSON or GeoJSON file of cameras, which is the body.

    A camera that is known, by its key or else by kind and address, is changed; any other is
    added. A field that the file does not mention stays as it is. Rows that are refused stop no
    other.
    """
    try:
        report = import_file(
            system.engine,
            system.guard,
            content,
            now(),
            person.name,
            places=system.places,
            dry=dry_run,
        )
    except DataError as error:
        raise HTTPException(422, str(error)) from None
    if not dry_run:
        system.reassign()
    return ReportOut.model_validate(report, from_attributes=True)


@router.get(
    "/cameras/export",
    response_class=Response,
    responses={200: {"content": {name: {} for name in TYPES.values()}}},
)
def export(system: Running, person: Viewer, asked: Annotated[Exported, Query()]) -> Response:
    """All cameras that fit, as a file that an import takes back."""
    try:
        search = Search.model_validate(asked.model_dump(exclude={"format"}))
        search = located(search, system.places).search
        with system.engine.connect() as connection:
            content = exported(cameras.every(connection, search), asked.format)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    return Response(content, media_type=TYPES[asked.format])


class PlaceOut(BaseModel):
    """A town, a state of the United States, or a country, by GeoNames."""

    model_config = ConfigDict(from_attributes=True)

    kind: Literal["city", "state", "country"]
    name: str
    state: str = Field(description="Empty outside the United States.")
    country: str
    whole: str = Field(
        description="As a search takes it.", examples=["Paris, Texas, United States"]
    )
    latitude: float | None
    longitude: float | None
    population: int


@router.get("/places")
def places(
    system: Running,
    person: Viewer,
    place: Annotated[
        str, Query(min_length=1, max_length=200, description="Name, or begin of one.")
    ],
) -> list[PlaceOut]:
    """Places of this name, the most likely first."""
    try:
        return [PlaceOut.model_validate(found) for found in system.places.find(place)]
    except ArgumentError as error:
        raise HTTPException(503, str(error)) from None
