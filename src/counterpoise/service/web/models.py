"""The model that runs, how fast, and how what it sees differs from its training; earlier ones."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import candidates, models
from counterpoise.service.system import System
from counterpoise.service.web.analysis_words import changes, points, share
from counterpoise.service.web.model_drift import Watched, watched
from counterpoise.service.web.site import Running, page, percent
from counterpoise.service.web.visitor import Viewer

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api")


class ModelOut(BaseModel):
    """A model that has analysed frames, or a program."""

    id: int
    name: str
    digest: str = Field(
        description="SHA-256 of model.onnx, its class names and prior, or of the program's file."
    )
    classes: int
    since: int = Field(description="When it ran first: microseconds since 1970, UTC.")
    last: int | None = Field(description="Hour of its newest result: seconds since 1970, UTC.")
    number: int = Field(description="Of its results.")
    runs: bool


class DriftOut(BaseModel):
    """A class's share lately against the training's."""

    label: str
    trained: int | None = Field(description="Samples of the training; null if it is not known.")
    hour: int = Field(description="Results of the last 60 minutes.")
    day: int = Field(description="Results of the last 24 hours.")
    difference: float | None = Field(description="Of the shares: lately's less the training's.")
    low: float | None = Field(description="Lower end of the interval of the difference.")
    high: float | None = Field(description="Upper end; all intervals together are of 95 %.")
    more_than_chance: bool | None


class ModelsOut(BaseModel):
    """The models, and what the one that runs sees lately."""

    said: str = Field(description="Whether what it sees differs from its training, in a sentence.")
    models: list[ModelOut] = Field(description="The newest first.")
    lately: str = Field(description="The time whose shares are compared with the training's.")
    classes: list[DriftOut]
    mean_probability: float | None = Field(description="Of the last 24 hours.")
    mean_probability_before: float | None = Field(description="Of the 7 days before these.")
    per_minute: int = Field(description="Frames that were analysed in the last whole minute.")
    per_hour: int = Field(description="In the last 60 minutes.")


@router.get("/models")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    return page(request, "models", **_context(system))


@router.get("/models/now")
def current(request: Request, system: Running, person: Viewer) -> Response:
    """How fast it is, which the page asks for again every few seconds."""
    return page(request, "pace", **_context(system))


@api.get("/models")
def listed(system: Running, person: Viewer) -> ModelsOut:
    """The models that have analysed frames, and how the newest frames differ from the training."""
    context = _context(system)
    found: Watched = context["watched"]
    apart = {one.label: one for one in found.drift}
    rows = []
    for k, label in enumerate(found.labels):
        one = apart.get(label)
        rows.append(
            DriftOut(
                label=label,
                trained=None if found.trained is None else found.trained[k],
                hour=found.hour[k],
                day=found.day[k],
                difference=None if one is None else one.difference,
                low=None if one is None else one.low,
                high=None if one is None else one.high,
                more_than_chance=None if one is None else one.is_more_than_chance,
            )
        )
    return ModelsOut(
        said=context["said"],
        models=[
            ModelOut(
                id=one.id, name=one.name, digest=one.digest, classes=one.classes, since=one.since,
                last=one.last, number=one.number, runs=one.digest == system.model.digest,
            )
            for one in [context["running"], *context["earlier"]]
        ],
        lately=found.lately,
        classes=rows,
        mean_probability=found.mean,
        mean_probability_before=None if found.confidence is None else found.confidence.before,
        per_minute=found.minute,
        per_hour=context["per_hour"],
    )  # fmt: skip


def said(found: Watched) -> str:
    """Whether what is seen differs from the training, in a sentence."""
    if not found.labels:
        return "The program declares no classes, so there is nothing to compare."
    if found.trained is None:
        return (
            "The model does not say what it was trained with, so what it sees cannot be compared "
            "with that."
        )
    if not found.drift:
        return (
            "There are too few results yet to say whether what the model sees differs from its "
            "training: that takes five minutes of them, better three hours."
        )
    words = changes(found.drift, "its training", "there")
    return f"In {found.lately} {words[:2].lower()}{words[2:]}"


def confidence(found: Watched) -> str:
    """How sure the model is, against earlier."""
    if found.mean is None:
        return ""
    now = f"The mean probability of what it says was {percent(found.mean)} in the last 24 hours"
    one = found.confidence
    if one is None:
        return f"{now}; there are too few results to compare it with earlier."
    interval = f"between {points(one.low)} and {points(one.high)} points"
    if one.is_more_than_chance:
        return (
            f"{now}, {'more' if one.difference > 0 else 'less'} than in the 7 days before "
            f"({percent(one.before)}; {interval})."
        )
    return f"{now}, no other than in the 7 days before by more than chance ({interval})."


def _context(system: System) -> dict[str, Any]:
    model = system.model
    with system.engine.connect() as connection:
        known = models.known(connection)
        running = next(one for one in known if one.digest == model.digest)
        found = watched(connection, model, running.id, int(time.time()))
        tried = candidates.every(connection)
    only_tried = {one.model for one in tried} - {one.id for one in known if one.number}
    described = getattr(model, "described", None)
    return {
        "running": running,
        "earlier": [one for one in known if one.id != running.id and one.id not in only_tried],
        "candidates": [one for one in tried if one.model != running.id],
        "is_program": isinstance(model, Program),
        "about": {} if described is None else described.metadata,
        "watched": found,
        "said": said(found),
        "confidence": confidence(found),
        "rows": _rows(found),
        "per_hour": sum(found.hour),
        "pace": system.worker.pace.recent(),
    }


def _rows(found: Watched) -> list[dict[str, Any]]:
    apart = {one.label: one for one in found.drift}
    sums = (sum(found.trained or ()), sum(found.day), sum(found.hour))
    rows = []
    for k, label in enumerate(found.labels):
        numbers = ((found.trained or (0,) * len(found.labels))[k], found.day[k], found.hour[k])
        shares = [share(n / whole) if whole else "" for n, whole in zip(numbers, sums, strict=True)]
        one = apart.get(label)
        rows.append({
            "label": label, "trained": shares[0], "day": shares[1], "hour": shares[2],
            "difference": "" if one is None else points(one.difference),
            "interval": "" if one is None else f"{points(one.low)} to {points(one.high)}",
            "is_more": one is not None and one.is_more_than_chance,
        })  # fmt: skip
    return rows
