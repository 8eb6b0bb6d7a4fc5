"""One camera: its live frame, what the model sees, its past, and the form that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer.samples import of_npy
from counterpoise.service.database import account, cameras, credentials, removal, results
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.runtime.clock import now
from counterpoise.service.runtime.device import Source
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.kinds import require_place
from counterpoise.service.runtime.probe import probe
from counterpoise.service.web import camera_history
from counterpoise.service.web.camera_history import Per
from counterpoise.service.web.device_login import Typed, typed
from counterpoise.service.web.forms import SentForm
from counterpoise.service.web.kind_words import ADDRESSED, KIND_WORDS, LOGGED_IN
from counterpoise.service.web.plot import plot
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Meant, Number, Operator, Viewer

router = APIRouter(include_in_schema=False)

TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
EMPTY = {
    "kind": "snapshot", "interval": "4", "stores_pictures": "on", "is_active": "on",
}  # fmt: skip


@router.get("/cameras/new")
def new(request: Request, person: Operator) -> Response:
    """The form of a camera to be added."""
    return _form(request, None, EMPTY)


@router.post("/cameras/new", dependencies=[Meant])
def add(request: Request, system: Running, person: Operator, sent: SentForm) -> Response:
    """Add a camera, or try it and say what comes of it."""
    fields, login, faults = _checked(system, sent, None)
    if fields is None or "try" in sent:
        tried = None if fields is None else _tried(system, fields, login)
        return _form(request, None, sent, faults, tried, login)
    fields = _placed(system, fields, sent)
    with system.engine.begin() as connection:
        number = cameras.add(connection, fields, now(), person.name)
        if login.changes:
            credentials.keep(connection, number, login.secret, now(), person.name)
    system.reassign()
    return RedirectResponse(f"/cameras/{number}", 303)


@router.get("/cameras/{number}")
def whole(
    request: Request, system: Running, person: Viewer, number: Number, per: Per = "minute"
) -> Response:
    """The page."""
    context = _context(system, number)
    with system.engine.connect() as connection:
        context |= camera_history.drift(connection, system, context["camera"])
        context |= camera_history.over_time(connection, context["camera"], per)
    origin = str(request.base_url).rstrip("/")
    return page(request, "camera", spans=camera_history.NUMBER, origin=origin, **context)


@router.get("/cameras/{number}/live")
def live(request: Request, system: Running, person: Viewer, number: Number) -> Response:
    """What changes on the page, which it asks for again every second."""
    return page(request, "live", **_context(system, number))


@router.get("/cameras/{number}/picture")
def picture(
    system: Running,
    person: Viewer,
    number: Number,
    result: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """The newest picture that is kept, or the picture of a result."""
    with system.engine.connect() as connection:
        key = results.picture_of(connection, number, result)
    content = None if key is None else system.pictures.get(key)
    if key is None or content is None:
        raise HTTPException(404, "there is no picture")
    if key.endswith(".npy"):
        try:
            return Response(plot(of_npy(content)), media_type="image/svg+xml")
        except DeviceError:  # somebody else wrote it
            raise HTTPException(404, "there is no picture") from None
    kind = TYPES.get(key.rpartition(".")[2], "application/octet-stream")
    return Response(content, media_type=kind)


@router.get("/cameras/{number}/history")
def past(
    request: Request, system: Running, person: Viewer, number: Number, per: Per = "minute"
) -> Response:
    """How often each class was seen, which the page asks for again every 10 seconds."""
    row = _row(system, number)
    with system.engine.connect() as connection:
        return page(request, "steps", **camera_history.over_time(connection, row, per))


@router.get("/cameras/{number}/drift")
def drift(request: Request, system: Running, person: Viewer, number: Number) -> Response:
    """What it saw lately, beside training and before, which the page asks for again."""
    row = _row(system, number)
    with system.engine.connect() as connection:
        return page(request, "drift", **camera_history.drift(connection, system, row))


@router.get("/cameras/{number}/edit")
def edit(request: Request, system: Running, person: Operator, number: Number) -> Response:
    """The form of a camera."""
    row = _row(system, number)
    given = {name: "" if row[name] is None else row[name] for name in CameraFields.model_fields}
    with system.engine.connect() as connection:
        secret = credentials.of(connection, number)
    return _form(request, number, given, login=Typed(secret))


@router.post("/cameras/{number}/edit", dependencies=[Meant])
def change(
    request: Request, system: Running, person: Operator, number: Number, sent: SentForm
) -> Response:
    """Change a camera, or try what was typed."""
    _row(system, number)
    fields, login, faults = _checked(system, sent, number)
    if fields is None or "try" in sent:
        tried = None if fields is None else _tried(system, fields, login)
        return _form(request, number, sent, faults, tried, login)
    with system.engine.begin() as connection:
        cameras.change(connection, number, fields, now(), person.name)
        if login.changes:
            credentials.keep(connection, number, login.secret, now(), person.name)
    system.reassign()
    return RedirectResponse(f"/cameras/{number}", 303)


@router.post("/cameras/{number}/remove", dependencies=[Meant])
def remove(system: Running, person: Operator, number: Number) -> Response:
    """Forget a camera and its results."""
    _row(system, number)
    removal.remove(system.engine, [number], now(), person.name)
    system.reassign()
    return RedirectResponse("/", 303)


def _row(system: Running, number: Number) -> cameras.Row:
    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
    if row is None:
        raise HTTPException(404, f"there is no camera {number}")
    return row


def _context(system: Running, number: Number) -> dict[str, Any]:
    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
        if row is None:
            raise HTTPException(404, f"there is no camera {number}")
        return {
            "camera": row,
            "results": results.latest(connection, number),
            "changes": results.changes(connection, number),
            "balance": account.balance(connection, number),
        }


def _checked(
    system: Running, sent: Mapping[str, str], number: int | None
) -> tuple[CameraFields | None, Typed, dict[str, str]]:
    """The camera that a form describes and its login, or what is wrong with each field."""
    known = CameraFields.model_fields
    given: dict[str, object] = {
        name: value for name, value in sent.items() if name in known and value.strip()
    }
    for name in ("stores_pictures", "is_active"):
        given[name] = name in sent
    faults = {}
    try:
        fields = CameraFields.model_validate(given)
    except ValidationError as error:
        return None, Typed(), {str(e["loc"][0]): e["msg"] for e in error.errors()}
    try:
        require_place(fields.kind, fields.url, system.guard)
    except ArgumentError as error:
        faults["kind"] = str(error)
    except DeviceError as error:
        faults["url"] = error.detail
    try:
        with system.engine.connect() as connection:
            cameras.require_own_key(connection, fields.key, number)
    except ArgumentError as error:
        faults["key"] = str(error)
    if (fields.latitude is None) != (fields.longitude is None):
        faults["latitude"] = "a place has a latitude and a longitude"
    login = Typed() if faults else typed(system, sent, fields, number)
    if login.fault:
        faults["login_user"] = login.fault
    return (None if faults else fields), login, faults


def _placed(system: Running, fields: CameraFields, sent: Mapping[str, str]) -> CameraFields:
    """The camera with what the form leaves open of its place, from the nearest town."""
    camera = fields.model_dump()
    try:
        system.places.complete([camera], [{name for name, value in sent.items() if value.strip()}])
        if not sent.get("timezone", "").strip() and camera["latitude"] is not None:
            (town,) = system.places.nearest([camera])
            camera["timezone"] = town.timezone if town is not None else camera["timezone"]
    except ArgumentError:  # towns are not known here; nothing depends on them
        return fields
    return CameraFields.model_validate(camera)


def _form(
    request: Request,
    number: int | None,
    given: Mapping[str, Any],
    faults: Mapping[str, str] | None = None,
    tried: str | None = None,
    login: Typed | None = None,
) -> Response:
    return page(
        request, "device", 422 if faults else 200, number=number, given=given, faults=faults or {},
        tried=tried, kinds=KIND_WORDS, addressed=ADDRESSED, logged_in=LOGGED_IN,
        login=login or Typed(),
    )  # fmt: skip


def _tried(system: Running, fields: CameraFields, login: Typed) -> str:
    source = Source(fields.url, fields.interval, login.login)
    try:
        frame = probe(fields.kind, source, system.guard)
        size = f"a picture of {len(frame.content) / 1000:.0f} kB came"
    except (DeviceError, ArgumentError) as error:
        return f"It does not work: {error}."
    return f"It works: {size}."
