"""The map, and the list of the same cameras."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.database import account, cameras
from counterpoise.service.database.choices import choices as offered
from counterpoise.service.database.search import Search
from counterpoise.service.gazetteer.locating import Located, located
from counterpoise.service.web.refusal import sentence
from counterpoise.service.web.site import Running, age, page
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)

SHOWN = 100  # cameras of the list, and of one of its pages
LATELY = {
    "": "now",
    "10": "within 10 minutes",
    "60": "within an hour",
    "1440": "within a day",
    "10080": "within a week",
}
DRAWN = 2000  # cameras of the map


class Asked(BaseModel):
    """The form of the search as a browser sends it: what is empty was left out."""

    model_config = ConfigDict(extra="ignore")

    words: str = ""
    place: str = ""
    latitude: str = ""
    longitude: str = ""
    km: str = ""
    south: str = ""
    west: str = ""
    north: str = ""
    east: str = ""
    country: str = ""
    state: str = ""
    city: str = ""
    kind: str = ""
    health: str = ""
    label: str = ""
    lately: str = ""
    industry: str = ""
    source: str = ""
    brand: str = ""
    catalogue: str = ""

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

    def query(self, **other: str) -> str:
        """The same as the query of a URL, with some fields set otherwise."""
        given = {**dict(self), **other}
        return urlencode({name: value for name, value in given.items() if value.strip()})

    @property
    def has_numbers(self) -> bool:
        """Whether a point or a box is asked for, which the page folds away otherwise."""
        edges = (self.south, self.west, self.north, self.east)
        return any((self.latitude, self.longitude, *edges))


Form = Annotated[Asked, Query()]


@router.get("/")
def whole(request: Request, system: Running, person: Viewer, asked: Form) -> Response:
    """The page."""
    return page(request, "map", **_context(system, asked))


@router.get("/cameras")
def rows(request: Request, system: Running, person: Viewer, asked: Form) -> Response:
    """The list alone, which the page asks for again every two seconds."""
    return page(request, "rows", **_context(system, asked))


@router.get("/list")
def listed(
    request: Request,
    system: Running,
    person: Viewer,
    asked: Form,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """The list on a page of its own, page by page."""
    return page(request, "list", **_context(system, asked, number))


@router.get("/places.json")
def places(
    system: Running, person: Viewer, text: Annotated[str, Query(alias="place", max_length=200)] = ""
) -> Response:
    """Places that what is being typed may mean."""
    return JSONResponse(
        [found.whole for found in system.places.find(text)] if len(text) > 2 else []
    )


@router.get("/points.json")
def points(system: Running, person: Viewer, asked: Form) -> Response:
    """What the map draws."""
    try:
        where = located(asked.search(), system.places)
        with system.engine.connect() as connection:
            found, number = cameras.find(connection, where.search, DRAWN)
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None
    points = [_point(row) for row in found if row["latitude"] is not None]
    headers = {"X-Left-Out": str(number - len(found)), "X-Area": json.dumps(_area(where.search))}
    return JSONResponse(points, headers=headers)


def _context(system: Running, asked: Asked, number: int = 1) -> dict[str, Any]:
    fault, total = "", 0
    found: list[cameras.Row] = []
    where = Located(Search())
    with system.engine.connect() as connection:
        try:
            where = located(asked.search(), system.places)
            skip = SHOWN * (number - 1)
            found, total = cameras.find(connection, where.search, SHOWN, skip)
        except ArgumentError as error:
            fault = str(error)
        choices = offered(connection)
        balance = account.balance(connection)
    choices["label"] = sorted({*choices["label"], *system.model.classes})
    return {
        "asked": asked,
        "query": asked.query(),
        "where": where,
        "cameras": found,
        "number": total,
        "first": SHOWN * (number - 1) + 1,
        "at": number,
        "pages": max(1, -(-total // SHOWN)),
        "fault": fault,
        "choices": choices,
        "lately": LATELY,
        "balance": balance,
    }


def _area(search: Search) -> dict[str, Any] | None:
    """The circle or the box that was searched."""
    if search.km is not None:
        return {"circle": [search.latitude, search.longitude], "km": search.km}
    if search.south is not None and search.west is not None and search.east is not None:
        east = search.east + 360 * (search.west > search.east)
        return {"box": [[search.south, search.west], [search.north, east]]}
    return None


def _point(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "at": [row["latitude"], row["longitude"]],
        "health": row["health"],
        "label": row["last_label"],
        "age": age(row["last_frame"]),
    }
