"""The map, and the list of the same cameras."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.database import account, cameras
from counterpoise.service.database.cameras import Search
from counterpoise.service.web.refusal import sentence
from counterpoise.service.web.site import Running, age, page
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)

SHOWN = 100  # cameras of the list
DRAWN = 2000  # cameras of the map


class Asked(BaseModel):
    """The form of the search as a browser sends it: what is empty was left out."""

    model_config = ConfigDict(extra="ignore")

    words: str = ""
    latitude: str = ""
    longitude: str = ""
    km: str = ""
    kind: str = ""
    health: str = ""
    label: str = ""
    industry: str = ""
    source: str = ""
    brand: str = ""

    def search(self) -> Search:
        """What was asked.

        Raises:
            ArgumentError: a number that is none, or out of its range.
        """
        given = {name: value.strip() for name, value in self if value.strip()}
        try:
            return Search.model_validate(given)
        except ValidationError as error:
            raise ArgumentError(sentence(error.errors())) from None

    def query(self) -> str:
        """The same as the query of a URL."""
        return urlencode({name: value for name, value in self if value.strip()})


Form = Annotated[Asked, Query()]


@router.get("/")
def whole(request: Request, system: Running, person: Viewer, asked: Form) -> Response:
    """The page."""
    return page(request, "map", **_context(system, asked))


@router.get("/cameras")
def rows(request: Request, system: Running, person: Viewer, asked: Form) -> Response:
    """The list alone, which the page asks for again every two seconds."""
    return page(request, "rows", **_context(system, asked))


@router.get("/points.json")
def points(system: Running, person: Viewer, asked: Form) -> Response:
    """What the map draws."""
    try:
        search = asked.search()
        with system.engine.connect() as connection:
            found, number = cameras.find(connection, search, DRAWN)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    points = [_point(row) for row in found if row["latitude"] is not None]
    return JSONResponse(points, headers={"X-Left-Out": str(number - len(found))})


def _context(system: Running, asked: Asked) -> dict[str, Any]:
    with system.engine.connect() as connection:
        fault, number = "", 0
        found: list[cameras.Row] = []
        try:
            found, number = cameras.find(connection, asked.search(), SHOWN)
        except ArgumentError as error:
            fault = str(error)
        return {
            "asked": asked,
            "query": asked.query(),
            "cameras": found,
            "number": number,
            "fault": fault,
            "choices": cameras.choices(connection),
            "balance": account.balance(connection),
        }


def _point(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "at": [row["latitude"], row["longitude"]],
        "health": row["health"],
        "label": row["last_label"],
        "age": age(row["last_frame"]),
    }
