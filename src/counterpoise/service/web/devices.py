"""The REST interface of devices that send what they measure: sensors, and phones that move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer.samples import NUMPY, fitting, of_json, of_npy, to_npy
from counterpoise.service.database import cameras, results
from counterpoise.service.runtime.device import Position
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import MeantProgram, Number, Operator, Viewer

router = APIRouter(prefix="/api")

BINARY = {"schema": {"type": "string", "format": "binary"}}
NUMBERS = {"type": "array", "items": {"type": "number"}}
PICTURE: dict[str, Any] = {
    "image/jpeg": BINARY,
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "required": ["picture"],
            "properties": {
                "picture": {"type": "string", "format": "binary"},
                "latitude": {"type": "number", "minimum": -90, "maximum": 90},
                "longitude": {"type": "number", "minimum": -180, "maximum": 180},
            },
        }
    },
}
SAMPLES: dict[str, Any] = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["samples"],
            "properties": {
                "samples": {
                    "description": "A vector, or the channels of a series.",
                    "oneOf": [NUMBERS, {"type": "array", "items": NUMBERS}],
                }
            },
        },
        "example": {"samples": [[0.1, 0.2, 0.3], [9.8, 9.7, 9.8]]},
    },
    "application/octet-stream": BINARY,
}

Latitude = Annotated[
    float | None, Query(ge=-90, le=90, description="Where the device is, in degrees.")
]
Longitude = Annotated[float | None, Query(ge=-180, le=180, description="As `latitude`.")]


@dataclass(frozen=True)
class Sent:
    """The body of a request."""

    content: bytes
    position: Position | None


async def _sent(request: Request, latitude: Latitude = None, longitude: Longitude = None) -> Sent:
    if request.headers.get("Content-Type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=10) as form:
            picture = form.get("picture")
            if not isinstance(picture, UploadFile):
                raise HTTPException(422, "picture: a file of that name is missing in the form")
            content = await picture.read()
            latitude = _degrees(form, "latitude", 90, latitude)
            longitude = _degrees(form, "longitude", 180, longitude)
    else:
        content = await request.body()
    if (latitude is None) != (longitude is None):
        raise HTTPException(422, "a position has a latitude and a longitude; one is missing")
    return Sent(content, None if latitude is None or longitude is None else (latitude, longitude))


def _degrees(form: FormData, name: str, most: int, otherwise: float | None) -> float | None:
    text = form.get(name)
    if text is None or text == "":
        return otherwise
    try:
        value = float(str(text))
    except ValueError:
        value = math.nan
    if not -most <= value <= most:
        raise HTTPException(422, f"{name}: a number from -{most} to {most}; got {str(text)[:20]}")
    return value


Body = Annotated[Sent, Depends(_sent)]


@router.post(
    "/cameras/{number}/frames",
    status_code=202,
    dependencies=[MeantProgram],
    openapi_extra={"requestBody": {"required": True, "content": PICTURE}},
)
async def push(system: Running, person: Operator, number: Number, sent: Body) -> None:
    """Send a frame of a camera of kind push: a JPEG, PNG or WebP file as the body or in a form.

    A phone sends its position, too, as fields of the form or in the query.
    """
    await run_in_threadpool(_handed, system, number, "push", sent)


@router.post(
    "/devices/{number}/samples",
    status_code=202,
    dependencies=[MeantProgram],
    openapi_extra={"requestBody": {"required": True, "content": SAMPLES}},
)
async def measure(system: Running, person: Operator, number: Number, sent: Body) -> None:
    """Send a window of a device of kind sensor: (C, T) or (D,) numbers, as JSON or a .npy file."""
    await run_in_threadpool(_measured, system, number, sent)


@router.get(
    "/devices/{number}/samples/{result}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": BINARY}}},
)
def measured(system: Running, person: Viewer, number: Number, result: Number) -> Response:
    """The window of a result, as a .npy file."""
    with system.engine.connect() as connection:
        key = results.picture_of(connection, number, result)
    content = system.pictures.get(key) if key and key.endswith(".npy") else None
    if content is None:
        raise HTTPException(404, "there are no samples")
    return Response(content, media_type="application/octet-stream")


def _measured(system: Running, number: int, sent: Sent) -> None:
    _require_there(system, number)
    if system.model.kind == "image":
        raise HTTPException(409, "the model reads pictures, and takes no samples")
    try:
        read = of_npy if sent.content.startswith(NUMPY) else of_json
        content = to_npy(fitting(read(sent.content), system.model))
    except DeviceError as error:
        raise HTTPException(422, error.detail) from None
    _handed(system, number, "sensor", Sent(content, sent.position))


def _handed(system: Running, number: int, kind: str, sent: Sent) -> None:
    _require_there(system, number)
    try:
        system.worker.push(number, sent.content, sent.position, kind)
    except ArgumentError as error:
        raise HTTPException(409, str(error)) from None
    except DeviceError as error:
        code = {"too fast": 429, "too big": 413}.get(error.reason, 503)
        raise HTTPException(code, str(error)) from None


def _require_there(system: Running, number: int) -> None:
    with system.engine.connect() as connection:
        if cameras.get(connection, number) is None:
            raise HTTPException(404, f"there is no camera {number}")
