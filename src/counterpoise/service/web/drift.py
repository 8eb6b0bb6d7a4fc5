"""Where what is seen differs from the training: by camera and by place, and what would help."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from counterpoise.service.access.roles import may
from counterpoise.service.alerts.drifting import HOUR, Reference, counted, reference_of
from counterpoise.service.analyzer.drift import HOURS, LARGE, Drift, drift
from counterpoise.service.analyzer.shares import Difference, differences, mean_of_blocks
from counterpoise.service.database import seen_blocks
from counterpoise.service.database.labelled_frames import random_tenth
from counterpoise.service.database.people import Person
from counterpoise.service.promotion.prior import Correction, correction
from counterpoise.service.system import System
from counterpoise.service.web.analysis_words import points, share
from counterpoise.service.web.site import Running, page, percent
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/models")

MOST = 300  # cameras that are looked at, those that saw something last
SHOWN = 20  # cameras and places that are listed
WEEK = 7 * 24  # hours before the last 24


@dataclass(frozen=True)
class Part:
    """A camera, or a place with its cameras.

    Args:
        name: of it.
        camera: its number; None for a place.
        drift: against the training.
        confidence: mean probability of the last 24 hours against the 7 days before, of a camera.
    """

    name: str
    camera: int | None
    drift: Drift
    confidence: Difference | None = None


@dataclass(frozen=True)
class Drifted:
    """Everything that the page says.

    Args:
        said: it in a sentence.
        looked: cameras that were looked at.
        cameras: those that differ most, first.
        places: as well.
        correction: that is offered, or why there is none.
    """

    said: str
    looked: int
    cameras: list[Part]
    places: list[Part]
    correction: Correction | str


class PartOut(BaseModel):
    """A camera or a place, and how far it is from the training."""

    name: str
    camera: int | None = Field(description="Its number; null for a place.")
    number: int = Field(description="Results that were compared.")
    lately: str = Field(description="The time they are of.")
    index: float = Field(description="Population stability index.")
    more_than_chance: bool
    label: str = Field(description="The class that differs most.")
    share: float
    trained: float = Field(description="Its share in the training.")
    low: float = Field(description="Lower end of the interval of the difference.")
    high: float = Field(description="Upper end; the intervals of all classes hold with 95 %.")


class ShareOut(BaseModel):
    """A class's share here."""

    label: str
    assumed: float = Field(description="That the model's probabilities stand for.")
    estimated: float = Field(description="Among its newest results.")


class DriftedOut(BaseModel):
    """Where what is seen differs from the training, and what a prior correction would do."""

    said: str
    cameras: list[PartOut] = Field(description="Those that differ most, first.")
    places: list[PartOut]
    correction: str = Field(description="What it would do, or why it is not offered.")
    shares: list[ShareOut]


@router.get("/models/drift")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    return drift_page(request, system, person)


def drift_page(
    request: Request, system: System, person: Person, fault: str = "", status: int = 200
) -> Response:
    """The page, with what went wrong."""
    found = drifted(system)
    offered = found.correction if isinstance(found.correction, Correction) else None
    described = getattr(system.model, "described", None)
    trained = getattr(described, "training_features", None)
    return page(
        request, "drifted", status, found=found, offered=offered, offer=offer(found.correction),
        large=LARGE, share=share, points=points, percent=percent, fault=fault, name=system.name,
        may_correct=may(person.role, "admin"), model=system.model.digest,
        shares="" if offered is None else ",".join(f"{one:.6g}" for one in offered.shares),
        why_no_features=system.shifting.why_not(), is_mean=bool(getattr(described, "members", ())),
        components=0 if trained is None else len(trained.components),
        is_corrected=getattr(described, "correction", None) is not None,
    )  # fmt: skip


@api.get("/drift")
def given(system: Running, person: Viewer) -> DriftedOut:
    """Which cameras and places see other classes than the training, and what would help."""
    found, shares = drifted(system), list[ShareOut]()
    if isinstance(found.correction, Correction):
        one = found.correction
        shares = [
            ShareOut(label=label, assumed=float(before), estimated=float(here))
            for label, before, here in zip(one.labels, one.stands_for, one.shares, strict=True)
        ]
    return DriftedOut(
        said=found.said, cameras=[_out(part) for part in found.cameras],
        places=[_out(part) for part in found.places], correction=offer(found.correction),
        shares=shares,
    )  # fmt: skip


def drifted(system: System) -> Drifted:
    """Look at the cameras that saw something last."""
    number, seconds = system.following.running, int(time.time())
    reference = reference_of(system.model, number)
    with system.engine.connect() as connection:
        offered = correction(connection, system.model, number, random_tenth(connection))
        if reference is None:
            said = "The model does not say what it was trained with, so nothing can be compared."
            return Drifted(said, 0, [], [], offered)
        cameras = seen_blocks.lately(connection, seconds - HOURS * HOUR, MOST)
        seen = counted(connection, cameras, reference, seconds)
        named = seen_blocks.places(connection, list(seen))
        parts = [
            Part(named[camera][0], camera, one)
            for camera, counts in seen.items()
            if camera in named
            and (one := drift(reference.labels, reference.trained, *counts)) is not None
        ]
        shown = [
            Part(p.name, p.camera, p.drift, _confidence(connection, p.camera, number, seconds))
            for p in _first(parts)
        ]
    of: dict[str, list[int]] = {}
    for camera in seen:
        of.setdefault(named.get(camera, ("", ""))[1], []).append(camera)
    places = []
    for place, some in of.items():
        hours, minutes = (sum(seen[camera][k] for camera in some) for k in (0, 1))
        found = drift(reference.labels, reference.trained, np.asarray(hours), np.asarray(minutes))
        if place and found is not None:
            places.append(Part(place, None, found))
    return Drifted(_said(parts, reference), len(cameras), shown, _first(places), offered)


def offer(found: Correction | str) -> str:
    """What a prior correction would do, in a sentence."""
    if isinstance(found, str):
        return found
    k = int(np.argmax(np.abs(found.shares - found.stands_for)))
    words = (
        f"By an estimate from its newest {found.number} results, the shares of the classes here "
        f"are not those that the model assumes, most of all “{found.labels[k]}”: "
        f"{share(float(found.shares[k]))} instead of {share(float(found.stands_for[k]))}. "
    )
    if found.judged.balanced is None:
        return words + "What a correction would do, labelled frames of the random tenth will tell."
    before, after, difference = found.judged.balanced
    sure = "" if difference.low > 0 or difference.high < 0 else ", which may be chance"
    return (
        f"{words}On {found.judged.number} labelled frames a correction changes balanced accuracy "
        f"from {share(before)} to {share(after)}, by {points(difference.value)} points, between "
        f"{points(difference.low)} and {points(difference.high)}{sure}."
    )


def _said(parts: Sequence[Part], reference: Reference) -> str:
    sure = [part for part in parts if part.drift.is_more_than_chance]
    if not parts:
        return (
            "There are too few results yet to say where what is seen differs from the training: "
            "that takes five minutes of them, better three hours."
        )
    if not sure:
        return (
            f"No camera of {len(parts)} sees other classes than the training by more than chance."
        )
    first = max(sure, key=lambda part: part.drift.index)
    large = sum(part.drift.index >= LARGE for part in sure)
    return (
        f"{len(sure)} of {len(parts)} cameras see other classes than the training by more than "
        f"chance, {large} of them by much. The farthest is {first.name}: {first.drift.said}."
    )


def _first(parts: Sequence[Part]) -> list[Part]:
    """Those that differ by more than chance, then the others, each by their index."""
    order = sorted(parts, key=lambda p: (not p.drift.is_more_than_chance, -p.drift.index))
    return order[:SHOWN]


def _confidence(
    connection: Connection, camera: int | None, model: int, seconds: int
) -> Difference | None:
    assert camera is not None
    end = seconds - seconds % HOUR + HOUR
    middle = end - HOURS * HOUR
    now = seen_blocks.probabilities(connection, camera, model, (HOUR, middle, end))
    then = (HOUR, middle - WEEK * HOUR, middle)
    before = seen_blocks.probabilities(connection, camera, model, then)
    one, two = mean_of_blocks(*now), mean_of_blocks(*before)
    if one is None or two is None or not (one.share.any() and two.share.any()):
        return None
    return differences(["mean probability"], one, two)[0]


def _out(part: Part) -> PartOut:
    most = part.drift.most
    return PartOut(
        name=part.name, camera=part.camera, number=part.drift.number, lately=part.drift.lately,
        index=part.drift.index, more_than_chance=part.drift.is_more_than_chance, label=most.label,
        share=most.share, trained=most.before, low=most.low, high=most.high,
    )  # fmt: skip
