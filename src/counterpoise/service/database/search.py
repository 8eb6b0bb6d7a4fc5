"""What is asked of the device database, and the conditions that it is in SQL."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from counterpoise.errors import ArgumentError
from counterpoise.service.database.dialect import in_box
from counterpoise.service.database.places import Box, box_between
from counterpoise.service.database.tables import Camera, Total

WORDS = (Camera.name, Camera.city, Camera.state, Camera.country)
EXACT = (
    Camera.kind, Camera.health, Camera.industry, Camera.source, Camera.brand, Camera.catalogue,
)  # fmt: skip
BY_MINUTE = 180  # minutes; what is longer is looked up by the hour


class Search(BaseModel):
    """Which cameras; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(default="", max_length=200, description="In name, city, state or country.")
    place: str = Field(
        default="",
        max_length=200,
        description="A town (and all within km of it, 50 if not told), a state or a country.",
        examples=["Lafayette, Indiana"],
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Of a point, degrees north."
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Of the point, degrees east."
    )
    km: float | None = Field(default=None, gt=0, le=20040, description="Radius around the point.")
    south: float | None = Field(
        default=None, ge=-90, le=90, description="Of a box, degrees north; a box has all four."
    )
    west: float | None = Field(
        default=None, ge=-360, le=360, description="Of a box; greater than east over the date line."
    )
    north: float | None = Field(default=None, ge=-90, le=90, description="Of a box.")
    east: float | None = Field(default=None, ge=-360, le=360, description="Of a box.")
    country: str = Field(
        default="", max_length=400, description="Whatever its case; several with | between them."
    )
    state: str = Field(default="", max_length=100, description="Whatever its case.")
    city: str = Field(default="", max_length=100, description="Whatever its case.")
    kind: str = Field(default="", max_length=20, description="How frames are fetched.")
    health: str = Field(default="", max_length=20, description="Such as live or offline.")
    label: str = Field(default="", max_length=200, description="The class that was seen last.")
    lately: int = Field(
        default=0,
        ge=0,
        le=44640,
        description="Minutes: the class was seen within them, and not necessarily last.",
    )
    industry: str = Field(default="", max_length=100, description="Exactly.")
    source: str = Field(default="", max_length=200, description="Who runs it, exactly.")
    brand: str = Field(default="", max_length=100, description="Brand and type, exactly.")
    catalogue: str = Field(default="", max_length=100, description="That it came with, exactly.")


def fitting(search: Search) -> Select[Any]:
    """The cameras that fit, but for the circle.

    Raises:
        ArgumentError: part of a box.
    """
    if search.place.strip():
        raise ArgumentError("a place is not searched by its name here; give a point and km")
    query = select(Camera)
    for word in search.words.split()[:8]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = query.where(or_(*(column.ilike(pattern, escape="\\") for column in WORDS)))
    for column in EXACT:
        wanted = getattr(search, column.key)
        if wanted:
            query = query.where(column == wanted)
    for column in (Camera.country, Camera.state, Camera.city):
        names = [name.strip().lower() for name in getattr(search, column.key).split("|")]
        if any(names):
            query = query.where(func.lower(column).in_(names))
    if search.label:
        query = query.where(_sees(search.label, search.lately))
    box = _box(search)
    return query if box is None else query.where(box)


def circle_of(search: Search) -> tuple[float, float, float] | None:
    """Latitude, longitude and km of the circle that is asked for.

    Raises:
        ArgumentError: part of one.
    """
    given = (search.latitude, search.longitude, search.km)
    if all(value is None for value in given):
        return None
    if search.latitude is None or search.longitude is None or search.km is None:
        raise ArgumentError("a circle has latitude, longitude and km; one of them is missing")
    return search.latitude, search.longitude, search.km


def in_boxes(boxes: Sequence[Box], margin: float = 0.0) -> ColumnElement[bool]:
    """Cameras in any of the boxes, or within `margin` degrees of it."""
    return or_(
        *(
            and_(
                in_box(south, west, north, east),  # finds them by an index
                Camera.latitude.between(south, north),
                Camera.longitude.between(west, east),
            )
            for south, west, north, east in (
                (one.south - margin, one.west - margin, one.north + margin, one.east + margin)
                for one in boxes
            )
        )
    )


def _sees(label: str, minutes: int) -> ColumnElement[bool]:
    if not minutes:
        return Camera.last_label == label
    begin = int(time.time()) - 60 * minutes
    seconds = 60 if minutes <= BY_MINUTE else 3600
    seen = select(Total.camera_id).where(
        Total.seconds == seconds, Total.begin > begin - seconds, Total.label == label
    )
    return Camera.id.in_(seen)


def _box(search: Search) -> ColumnElement[bool] | None:
    edges = (search.south, search.west, search.north, search.east)
    if all(edge is None for edge in edges):
        return None
    south, west, north, east = edges
    if south is None or west is None or north is None or east is None:
        raise ArgumentError("a box has south, west, north and east; one of them is missing")
    if south > north:
        raise ArgumentError(
            f"the south of a box is not north of its north; got {south} and {north}"
        )
    east = east + 360 if west > east else east
    return in_boxes(box_between(south, west, north, east))
