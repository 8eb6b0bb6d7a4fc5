"""The page of catalogues: what each of them says, and what its refreshes did."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from counterpoise.service.database import catalogue_runs
from counterpoise.service.exchange.examples import CATALOGUES
from counterpoise.service.exchange.refreshing import Listed
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Meant, MeantProgram, Operator, Viewer

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api")


class RunOut(BaseModel):
    """One refresh."""

    model_config = ConfigDict(from_attributes=True)

    at: int = Field(description="Microseconds since 1970, UTC.")
    added: int
    changed: int
    missing: int = Field(description="Not in the list any more, and not fetched from now.")
    refused: int = Field(description="Rows.")
    fault: str = Field(description="Why nothing came; empty if something did.")
    detail: str = Field(description="The first refused rows, a line each.")


class CatalogueOut(BaseModel):
    """A catalogue and its newest refreshes."""

    name: str
    address: str = Field(description="Where its list is, without what follows a question mark.")
    fault: str = Field(description="Why its file is of no use; empty if it is.")
    refresh_minutes: float | None
    cameras: int
    missing: int = Field(description="Of its cameras, those that are not in its list any more.")
    runs: list[RunOut]


@router.get("/catalogues")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    found = [_out(system, one) for one in system.catalogues.listed()]
    return page(
        request, "catalogues", catalogues=found, examples=CATALOGUES,
        folder=system.settings.folder.resolve() / "catalogues",
    )  # fmt: skip


@router.post("/catalogues/{name}/refresh", dependencies=[Meant])
def refresh(system: Running, person: Operator, name: str) -> Response:
    """Refresh one now."""
    _ask(system, name)
    return RedirectResponse("/catalogues", 303)


@api.get("/catalogues")
def listed(system: Running, person: Viewer) -> list[CatalogueOut]:
    """Catalogues that cameras come from, and what their refreshes did."""
    return [CatalogueOut.model_validate(_out(system, one)) for one in system.catalogues.listed()]


@api.post("/catalogues/{name}/refresh", status_code=202, dependencies=[MeantProgram])
def ask(
    system: Running,
    person: Operator,
    name: Annotated[str, Path(description="Of the catalogue, as the list has it.")],
) -> None:
    """Refresh a catalogue soon, though it is not due."""
    _ask(system, name)


def _ask(system: Running, name: str) -> None:
    if not any(one.name == name and one.catalogue for one in system.catalogues.listed()):
        raise HTTPException(404, "there is no such catalogue, or its file is of no use")
    system.catalogues.ask(name)


def _out(system: Running, one: Listed) -> dict[str, Any]:
    with system.engine.connect() as connection:
        runs = catalogue_runs.runs(connection, one.name)
        number, missing = catalogue_runs.number_of(connection, one.name)
    return {
        "name": one.name,
        "address": _address(one.catalogue.url) if one.catalogue else "",
        "fault": one.fault,
        "refresh_minutes": one.catalogue.refresh_minutes if one.catalogue else None,
        "cameras": number,
        "missing": missing,
        "runs": [RunOut.model_validate(run) for run in runs],
    }


def _address(url: str) -> str:
    """Without what follows a question mark, where keys of agencies are."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
