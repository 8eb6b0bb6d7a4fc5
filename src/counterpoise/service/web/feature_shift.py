"""How far the features of one camera's frames have moved since the training."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from counterpoise.service.analyzer.feature_shift import Shift
from counterpoise.service.database import cameras
from counterpoise.service.system import System
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Number, Viewer

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/models")


class ShiftOut(BaseModel):
    """How far a camera's mean features are from the training's."""

    said: str = Field(description="It in a sentence, or why nothing can be said.")
    distance: float | None = Field(description="In standard deviations of the training.")
    chance: float | None = Field(
        description="What it stays below in 95 of 100 draws without a shift."
    )
    p: float | None = Field(description="Share of these draws that are as far.")
    more_than_chance: bool | None
    frames: int = Field(description="Frames that were looked at.")


@router.get("/models/drift/features/{number}")
def whole(request: Request, system: Running, person: Viewer, number: Number) -> Response:
    """Of one camera: a part of the page of drift, or a page for a browser without scripts."""
    name = _name(system, number)
    found = system.shifting.of(number)
    return page(
        request, "feature_shift", found=found, is_shift=isinstance(found, Shift), camera=number,
        name=name, is_part="HX-Request" in request.headers,
    )  # fmt: skip


@api.get("/drift/features/{number}")
def given(system: Running, person: Viewer, number: Number) -> ShiftOut:
    """How far the features of a camera's newest pictures are from those of the training."""
    _name(system, number)
    found = system.shifting.of(number)
    if not isinstance(found, Shift):
        return ShiftOut(
            said=found, distance=None, chance=None, p=None, more_than_chance=None, frames=0
        )
    return ShiftOut(
        said=found.said, distance=found.distance, chance=found.chance, p=found.p,
        more_than_chance=found.is_more_than_chance, frames=found.frames,
    )  # fmt: skip


def _name(system: System, number: int) -> str:
    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
    if row is None:
        raise HTTPException(404, f"there is no camera {number}")
    return str(row["name"])
