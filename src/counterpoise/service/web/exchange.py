"""The page that imports a file of cameras, and the files that it exports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from counterpoise.errors import ArgumentError, DataError
from counterpoise.service.database import cameras
from counterpoise.service.exchange.checking import FIELDS
from counterpoise.service.exchange.examples import CAMERAS
from counterpoise.service.exchange.exporting import TYPES, exported
from counterpoise.service.exchange.formats import LARGEST
from counterpoise.service.exchange.importing import Report, import_file
from counterpoise.service.gazetteer.locating import located
from counterpoise.service.runtime.clock import now
from counterpoise.service.web import uploads
from counterpoise.service.web.map import Form
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Operator, Viewer, meant

router = APIRouter(include_in_schema=False)

TOLD = 500  # refused rows that the page shows


@dataclass(frozen=True)
class Sent:
    """What the form sent: a file, or the digest of the one that was sent before."""

    name: str
    content: bytes
    confirmed: str


async def sent(request: Request, person: Operator) -> Sent:
    """Read the form, once it is clear who sends it and that they may."""
    async with request.form(max_fields=5, max_files=1, max_part_size=1000) as form:
        csrf = form.get("csrf")
        meant(person, csrf if isinstance(csrf, str) else "", "")
        file, confirmed = form.get("file"), form.get("confirmed")
        whole = isinstance(file, UploadFile)
        return Sent(
            name=(file.filename or "") if isinstance(file, UploadFile) else "",
            content=await file.read(LARGEST + 1) if isinstance(file, UploadFile) else b"",
            confirmed=confirmed if isinstance(confirmed, str) and not whole else "",
        )


@router.get("/cameras/import")
def form(request: Request, person: Operator) -> Response:
    """The form."""
    return _page(request)


@router.get("/cameras/import/example.{form}")
def example(person: Operator, form: str) -> Response:
    """A file to begin with."""
    if form not in CAMERAS:
        raise HTTPException(404, f"there is an example as {', '.join(CAMERAS)}")
    told = f'attachment; filename="cameras-example.{form}"'
    return Response(CAMERAS[form], media_type=TYPES[form], headers={"Content-Disposition": told})


@router.post("/cameras/import")
def imported(
    request: Request, system: Running, person: Operator, given: Annotated[Sent, Depends(sent)]
) -> Response:
    """Say what an import of a file would do; import the one that was confirmed."""
    folder = system.settings.folder
    content = given.content
    if given.confirmed:
        kept = uploads.take(folder, person.id, given.confirmed)
        if kept is None:
            return _page(request, "the file is not here any more: choose it again", status=409)
        content = kept
    elif not given.name:
        return _page(request, "choose a file", status=422)
    source = given.name[:100] or "a file"
    dry = not given.confirmed
    try:
        report = import_file(
            system.engine,
            system.guard,
            content,
            now(),
            person.name,
            source=source,
            places=system.places,
            dry=dry,
        )
    except DataError as error:
        return _page(request, str(error), status=422)
    digest = uploads.keep(folder, person.id, content) if dry else ""
    if not dry:
        system.reassign()
    return _page(request, report=report, digest=digest, name=given.name)


@router.get("/cameras/export.{form}")
def export(system: Running, person: Viewer, form: str, asked: Form) -> Response:
    """The cameras of a search as a file."""
    try:
        search = located(asked.search(), system.places).search
        with system.engine.connect() as connection:
            content = exported(cameras.every(connection, search), form)
    except ArgumentError as error:
        raise HTTPException(404 if form not in TYPES else 422, str(error)) from None
    told = f'attachment; filename="cameras.{form}"'
    return Response(content, media_type=TYPES[form], headers={"Content-Disposition": told})


def _page(
    request: Request,
    fault: str = "",
    report: Report | None = None,
    digest: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    return page(
        request, "import", status, fault=fault, report=report, digest=digest, name=name,
        told=TOLD, examples=CAMERAS, columns=FIELDS,
    )  # fmt: skip
