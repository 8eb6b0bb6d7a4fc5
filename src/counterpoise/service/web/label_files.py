"""Labels in files: imported, and exported as class folders or for Label Studio."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask
from starlette.datastructures import UploadFile

from counterpoise.errors import DataError
from counterpoise.service.database import label_counts, labels
from counterpoise.service.database.labels import BAD, CLASS, NONE, Settled
from counterpoise.service.exchange.formats import LARGEST
from counterpoise.service.labelling import files
from counterpoise.service.labelling.reading import MOST, Report, import_file
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import UPLOADS, System
from counterpoise.service.web import uploads
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Labeller, meant

router = APIRouter(include_in_schema=False)

TOLD = 500  # refused rows that the page shows
EVERY = (CLASS, NONE, BAD)


@dataclass(frozen=True)
class Sent:
    """What the form sent: a file, or the digest of the one that was sent before."""

    name: str
    content: bytes
    confirmed: str


async def sent(request: Request, person: Labeller) -> Sent:
    """Read the form, once it is clear who sends it and that they may."""
    async with request.form(max_fields=5, max_files=1, max_part_size=1000) as form:
        csrf = form.get("csrf")
        meant(person, csrf if isinstance(csrf, str) else "", "")
        file, confirmed = form.get("file"), form.get("confirmed")
        if isinstance(file, UploadFile):
            return Sent(file.filename or "", await file.read(LARGEST + 1), "")
        return Sent("", b"", confirmed if isinstance(confirmed, str) else "")


@router.get("/label/files")
def whole(request: Request, system: Running, person: Labeller) -> Response:
    """The page."""
    return _page(request, system)


@router.post("/label/import")
def imported(
    request: Request, system: Running, person: Labeller, given: Annotated[Sent, Depends(sent)]
) -> Response:
    """Say what an import of a file would do; import the one that was confirmed."""
    folder, content = system.settings.folder, given.content
    if given.confirmed:
        kept = uploads.take(folder, person.id, given.confirmed)
        if kept is None:
            fault = "the file is not here any more: choose it again"
            return _page(request, system, fault, status=409)
        content = kept
    elif not given.name:
        return _page(request, system, "choose a file", status=422)
    dry = not given.confirmed
    try:
        report = import_file(
            system.engine, content, system.model.classes, now(), person.name,
            source=given.name or "a file", dry=dry,
        )  # fmt: skip
    except DataError as error:
        return _page(request, system, str(error), status=422)
    digest = uploads.keep(folder, person.id, content) if dry else ""
    return _page(request, system, report=report, digest=digest, name=given.name)


@router.get("/label/export.zip")
def folders(system: Running, person: Labeller) -> Response:
    """Class folders, and CSV with cameras as groups."""
    aside = system.settings.folder / UPLOADS
    aside.mkdir(parents=True, exist_ok=True)
    handle, path = tempfile.mkstemp(suffix=".zip", dir=aside)
    os.close(handle)
    try:
        files.write_zip(Path(path), _settled(system), system.pictures)
    except BaseException:
        os.unlink(path)
        raise
    return FileResponse(
        path,
        media_type="application/zip",
        filename="labels.zip",
        background=BackgroundTask(os.unlink, path),
    )


@router.get("/label/export.json")
def tasks(request: Request, system: Running, person: Labeller) -> Response:
    """Tasks of Label Studio."""
    origin = str(request.base_url).rstrip("/")

    def address(frame: Settled) -> str:
        return f"{origin}/cameras/{frame.camera}/picture?result={frame.result}"

    content = files.label_studio(_settled(system), address)
    told = 'attachment; filename="labels.json"'
    return Response(content, media_type="application/json", headers={"Content-Disposition": told})


def _settled(system: System) -> list[Settled]:
    with system.engine.connect() as connection:
        return labels.settled(connection, verdicts=EVERY)


def _page(
    request: Request,
    system: System,
    fault: str = "",
    report: Report | None = None,
    digest: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    with system.engine.connect() as connection:
        counts = label_counts.states(connection)
    return page(
        request, "label_files", status, fault=fault, report=report, digest=digest, name=name,
        told=TOLD, most=MOST, counts=counts,
    )  # fmt: skip
