"""The device database: cameras, searched by place, words and health."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database import shards, totals
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.numbering import numbered
from counterpoise.service.database.places import around, distance
from counterpoise.service.database.search import Search, circle_of, fitting, in_boxes
from counterpoise.service.database.stored import stored
from counterpoise.service.database.tables import Account, Camera, HealthChange, Result

MOST = 500  # cameras of one answer
ROUNDING = 1e-6  # degrees by which the box around a circle may be too small

REMOVED = "camera removed"  # in the audit log, which retention reads to forget its pictures

Row = dict[str, Any]


class CameraFields(BaseModel):
    """What a person says of a camera."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(
        min_length=1, max_length=200, description="For people.", examples=["Harbour, north pier"]
    )
    kind: str = Field(max_length=20, description="How frames are fetched.", examples=["snapshot"])
    url: str = Field(
        default="",
        max_length=2000,
        description="Where frames come from; none for those that are pushed.",
        examples=["https://cameras.example.org/7.jpg"],
    )
    interval: float = Field(
        default=4.0, ge=0.1, le=86400, description="Seconds between two frames."
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Degrees north.", examples=[53.5]
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Degrees east.", examples=[9.9]
    )
    city: str = Field(default="", max_length=100, description="Where it is.")
    state: str = Field(default="", max_length=100, description="Where it is.")
    country: str = Field(default="", max_length=100, description="Where it is.")
    timezone: str = Field(
        default="UTC",
        max_length=60,
        description="Name in the IANA database, for times on pages.",
        examples=["Europe/Berlin"],
    )
    source: str = Field(default="", max_length=200, description="Who runs it.")
    attribution: str = Field(
        default="", max_length=2000, description="What its owner wants to be said beside it."
    )
    industry: str = Field(default="", max_length=100, description="Such as a bank or a school.")
    brand: str = Field(default="", max_length=100, description="Brand and type.")
    key: str = Field(
        default="",
        max_length=200,
        description="Its name in another system, by which an import knows it again.",
    )
    stores_pictures: bool = Field(default=True, description="Whether its pictures are kept.")
    is_active: bool = Field(default=True, description="Whether it is fetched from.")


def named(connection: Connection, most: int) -> list[tuple[int, str]]:
    """Number and name of every camera, by name; none where there are more than `most`."""
    query = select(Camera.id, Camera.name).order_by(Camera.name, Camera.id).limit(most + 1)
    found = [(int(number), str(name)) for number, name in connection.execute(query)]
    return found if len(found) <= most else []


def find(
    connection: Connection, search: Search, most: int = MOST, skip: int = 0
) -> tuple[list[Row], int]:
    """`most` cameras that fit, after the first `skip`, and how many fit.

    They come nearest first around a point, else by name.

    Raises:
        ArgumentError: a radius without a point, or half a point.
    """
    query = fitting(search)
    circle = circle_of(search)
    if circle is not None:
        near = _within(connection, query, *circle)
        return near[skip : skip + most], len(near)
    number = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = connection.execute(
        query.order_by(Camera.name, Camera.id).limit(most).offset(skip)
    ).mappings()
    return [stored(row) for row in rows], number


def every(connection: Connection, search: Search) -> Iterator[Row]:
    """All cameras that fit, in the order of their numbers.

    Raises:
        ArgumentError: as `find` does.
    """
    query, circle = fitting(search), circle_of(search)
    if circle is not None:
        found = _within(connection, query, *circle)
        yield from sorted(found, key=lambda row: int(row["id"]))
        return
    rows = connection.execute(query.order_by(Camera.id).execution_options(yield_per=1000))
    for row in rows.mappings():
        yield stored(row)


def _within(
    connection: Connection,
    query: Select[Any],
    latitude: float,
    longitude: float,
    km: float,
) -> list[Row]:
    numbers = query.where(in_boxes(around(latitude, longitude, km), ROUNDING))
    near = []
    for row in map(stored, connection.execute(numbers).mappings()):
        if row["latitude"] is None:
            continue
        away = distance(latitude, longitude, row["latitude"], row["longitude"])
        if away <= km:
            near.append((away, row))
    near.sort(key=lambda pair: pair[0])
    return [row for _, row in near]


def get(connection: Connection, number: int) -> Row | None:
    """A camera by its number."""
    found = _row(connection, number)
    return None if found is None else stored(found)


def _row(connection: Connection, number: int) -> RowMapping | None:
    return connection.execute(select(Camera).where(Camera.id == number)).mappings().first()


def active(connection: Connection) -> list[Row]:
    """Cameras that are fetched from."""
    return list(map(stored, connection.execute(select(Camera).where(Camera.is_active)).mappings()))


def add(connection: Connection, fields: CameraFields, now: int, by: str) -> int:
    """A new camera; its number."""
    _require_point(fields)
    one_at_a_time(connection, "changes")
    require_own_key(connection, fields.key)
    (row,) = numbered(connection, Camera, [fields.model_dump() | {"last_label": ""}])
    done = connection.execute(insert(Camera).values(row))
    assert done.inserted_primary_key is not None
    number = int(done.inserted_primary_key[0])
    note(connection, now, by, "camera added", f"{number}: {fields.name}")
    return number


def change(
    connection: Connection, number: int, fields: CameraFields, now: int, by: str
) -> list[str]:
    """Give a camera these fields; the names of those that are others now."""
    _require_point(fields)
    one_at_a_time(connection, "changes")
    before = _row(connection, number)  # as it is: what cannot be is overwritten, too
    if before is None:
        raise ArgumentError(f"no camera {number}")
    require_own_key(connection, fields.key, number)
    given = fields.model_dump()
    changed = [name for name, value in given.items() if before[name] != value]
    if changed:
        values: Mapping[str, object] = {name: given[name] for name in changed}
        connection.execute(update(Camera).where(Camera.id == number).values(values))
        shards.move(connection, number, str(before["kind"]), fields.kind)
        note(connection, now, by, "camera changed", f"{number}: {', '.join(changed)}")
    return changed


def remove(connection: Connection, number: int, now: int, by: str) -> None:
    """Forget a camera, its results and its account, all at once; see `removal.remove`.

    Raises:
        ArgumentError: no such camera.
    """
    for what in ("changes", "results"):
        one_at_a_time(connection, what)
    before = get(connection, number)
    if before is None:
        raise ArgumentError(f"no camera {number}")
    totals.forget(connection, number)
    for table in (Account, HealthChange, Result):
        connection.execute(delete(table).where(table.camera_id == number))
    connection.execute(delete(Camera).where(Camera.id == number))
    note(connection, now, by, REMOVED, f"{number}: {before['name']}")


def require_own_key(connection: Connection, key: str, number: int | None = None) -> None:
    """Refuse a key that another camera has.

    Raises:
        ArgumentError: it has.
    """
    if key:
        other = connection.scalar(select(Camera.id).where(Camera.key == key))
        if other is not None and other != number:
            raise ArgumentError(f"camera {other} has the key '{key}' already; a key is of one")


def _require_point(fields: CameraFields) -> None:
    if (fields.latitude is None) != (fields.longitude is None):
        raise ArgumentError("a place has a latitude and a longitude; one of them is missing")
    for value in (fields.latitude, fields.longitude, fields.interval):
        assert value is None or math.isfinite(value)
