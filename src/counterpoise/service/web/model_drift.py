"""How the classes that are seen now differ from those that the model was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.drift import FEW, LEAST, counts_of
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.shares import (
    Counts,
    Difference,
    Floats,
    Shares,
    differences,
    mean_of_blocks,
    of_blocks,
    of_sample,
)
from counterpoise.service.database import totals

HOUR = 3600


@dataclass(frozen=True)
class Watched:
    """What a model saw lately, beside its training.

    Args:
        labels: its classes, in its order.
        trained: samples of its training by class; None where the export does not say.
        hour: results of the last 60 minutes by class.
        day: of the last 24 hours.
        minute: results of the last whole minute.
        lately: the time that is compared with training, in words; hours of it count as independent,
            or minutes where results are of fewer than three hours.
        drift: of each class, that time against training; empty where nothing can be said.
        past: of each class, the last 24 hours against the 7 days before; empty as well.
        confidence: the mean probability of the last 24 hours against the 7 days before; None where
            nothing can be said.
    """

    labels: tuple[str, ...]
    trained: tuple[int, ...] | None
    hour: tuple[int, ...]
    day: tuple[int, ...]
    minute: int
    lately: str
    drift: tuple[Difference, ...]
    past: tuple[Difference, ...]
    confidence: Difference | None
    mean: float | None  # probability of the last 24 hours


def watched(
    connection: Connection,
    model: ExportedModel | Program,
    number: int,
    now: int,
    camera: int | None = None,
) -> Watched:
    """Count what a model saw.

    Args:
        connection: to the database.
        model: that runs, or a program.
        number: of it in the database.
        now: seconds since 1970.
        camera: the one whose frames count; None for all.
    """
    end = now - now % 60
    labels = tuple(model.classes)
    some = None if camera is None else [camera]

    def blocks(*part: int) -> tuple[Counts, Floats, Counts]:
        return _blocks(connection, part, number, labels, some)

    next_minute = end + 60  # so that the minute that runs counts
    minutes, *_ = blocks(60, next_minute - HOUR, next_minute)
    hours, day_sums, day_sizes = blocks(*_hours(end, 24))
    earlier, before_sums, before_sizes = blocks(*_hours(end - 24 * HOUR, 168))
    last = blocks(60, end - 60, end)[2]
    trained = counts_of(model)
    drift: Sequence[Difference] = ()
    lately, seen = "the last 24 hours", of_blocks(hours)
    if (day_sizes > 0).sum() < FEW:
        is_enough = (minutes.sum(axis=1) > 0).sum() >= LEAST
        lately, seen = "the last 60 minutes", of_blocks(minutes) if is_enough else None
    if trained is not None and any(trained) and seen is not None:
        drift = differences(labels, seen, of_sample(np.array(trained)))
    day, week = of_blocks(hours), of_blocks(earlier)
    total = int(day_sizes.sum())
    return Watched(
        labels=labels,
        trained=trained,
        hour=tuple(minutes.sum(axis=0).tolist()),
        day=tuple(hours.sum(axis=0).tolist()),
        minute=int(last.sum()),
        lately=lately,
        drift=tuple(drift),
        past=tuple(differences(labels, day, week)) if day and week else (),
        confidence=_confidence(
            mean_of_blocks(day_sums, day_sizes), mean_of_blocks(before_sums, before_sizes)
        ),
        mean=float(day_sums.sum()) / total if total and day_sums.any() else None,
    )


def _hours(end: int, number: int) -> tuple[int, int, int]:
    """The last hours up to now, the one that runs included."""
    last = end - end % HOUR + HOUR
    return HOUR, last - number * HOUR, last


def _blocks(
    connection: Connection,
    part: Sequence[int],
    number: int,
    labels: Sequence[str],
    some: Sequence[int] | None,
) -> tuple[Counts, Floats, Counts]:
    """Counts (blocks, K), sums of probabilities (blocks,) and numbers (blocks,)."""
    length, begin, end = part
    column = {label: k for k, label in enumerate(labels)}
    blocks = (end - begin) // length
    counts = np.zeros((blocks, len(labels)), np.int64)
    sums, sizes = np.zeros(blocks), np.zeros(blocks, np.int64)
    for one in totals.over_time(connection, [(length, begin, end)], some, number):
        at = (one.begin - begin) // length
        if one.label in column:
            counts[at, column[one.label]] += one.number
        sums[at] += one.probability
        sizes[at] += one.number
    return counts, sums, sizes


def _confidence(now: Shares | None, before: Shares | None) -> Difference | None:
    if now is None or before is None or not (now.share.any() and before.share.any()):
        return None
    return differences(["mean probability"], now, before)[0]
