"""What was seen: the last results of a camera, and its totals over time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from counterpoise.service.database import totals
from counterpoise.service.database.tables import Camera, HealthChange, Model, Result

PERIODS = {"minute": 60, "hour": 3600, "day": 86400}  # seconds


@dataclass(frozen=True)
class Seen:
    """A result: when, the class, how probable each class is, and where its picture is."""

    id: int
    at: int
    label: str
    probability: float | None
    shares: dict[str, float]  # class -> probability or score, the largest first
    picture: str | None
    model: str
    values: dict[str, str | float | bool | None] = field(default_factory=dict)
    latitude: float | None = None  # where the device said it was
    longitude: float | None = None


@dataclass(frozen=True)
class Change:
    """A line of a camera's health log."""

    at: int
    state: str
    reason: str
    detail: str


def latest(
    connection: Connection, camera: int, most: int = 12, before: int | None = None
) -> list[Seen]:
    """The newest results of a camera, newest first."""
    query = (
        select(Result, Model.name.label("model"), Model.classes)
        .join(Model, Model.id == Result.model_id)
        .where(Result.camera_id == camera)
        .order_by(Result.at.desc(), Result.id.desc())
        .limit(most)
    )
    if before is not None:
        query = query.where(Result.at < before)
    found = []
    for row in connection.execute(query).mappings():
        values = np.frombuffer(row["scores"] or b"", "<f4").astype(float)
        classes = Model.names(row["classes"])
        order = np.argsort(-values, kind="stable")
        found.append(
            Seen(
                row["id"], row["at"], row["label"], row["probability"],
                {classes[i]: float(values[i]) for i in order if i < len(classes)},
                row["picture"], row["model"], _further(row["further"]),
                row["latitude"], row["longitude"],
            )
        )  # fmt: skip
    return found


def _further(text: str | None) -> dict[str, Any]:
    """What else a program said; nothing where SQL wrote something else."""
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def picture_of(connection: Connection, camera: int, result: int | None = None) -> str | None:
    """The key of a camera's newest picture, or of the picture of one of its results."""
    if result is None:
        key = connection.scalar(select(Camera.last_picture).where(Camera.id == camera))
    else:
        query = select(Result.picture).where(Result.id == result, Result.camera_id == camera)
        key = connection.scalar(query)
    return key or None


def history(
    connection: Connection, camera: int | None, seconds: int, begin: int, end: int
) -> tuple[list[int], dict[str, list[int]]]:
    """Times in seconds since 1970, a period apart, and how often each class was seen in each.

    Args:
        camera: its number, or None for all.
        seconds: of a period, one of `PERIODS`.
        begin: seconds since 1970.
        end: after it.
    """
    begin -= begin % seconds
    some = None if camera is None else [camera]
    found = totals.over_time(connection, [(seconds, begin, end)], some)
    times = list(range(begin, end, seconds))
    counts: dict[str, list[int]] = {}
    for one in found:
        row = counts.setdefault(one.label, [0] * len(times))
        row[(one.begin - begin) // seconds] += one.number
    return times, dict(sorted(counts.items()))


def changes(connection: Connection, camera: int, most: int = 20) -> list[Change]:
    """The newest lines of a camera's health log."""
    query = (
        select(HealthChange.at, HealthChange.state, HealthChange.reason, HealthChange.detail)
        .where(HealthChange.camera_id == camera)
        .order_by(HealthChange.id.desc())
        .limit(most)
    )
    return [Change(*row) for row in connection.execute(query)]


def of_frame(connection: Connection, camera: int, at: int) -> tuple[int, bool] | None:
    """The number of a camera's result of a moment, and whether its picture is kept."""
    query = select(Result.id, Result.picture).where(Result.camera_id == camera, Result.at == at)
    row = connection.execute(query.limit(1)).first()
    return None if row is None else (row[0], bool(row[1]))


def newest_scores(connection: Connection, model: int, most: int) -> list[bytes]:
    """The probabilities of a model's newest results, as they are stored."""
    query = select(Result.scores).where(Result.model_id == model, Result.probability.is_not(None))
    rows = connection.scalars(query.order_by(Result.id.desc()).limit(most))
    return [bytes(row) for row in rows if row]


def newest_pictures(connection: Connection, camera: int, most: int) -> list[tuple[int, str]]:
    """Number and class of a camera's newest results whose picture is kept."""
    query = select(Result.id, Result.label).where(Result.camera_id == camera, Result.picture > "")
    rows = connection.execute(query.order_by(Result.at.desc()).limit(most))
    return [(int(number), str(label)) for number, label in rows]
