"""How the classes that are seen now differ from those that the model was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from counterpoise.predict import ExportedModel
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

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Watched:
    """What a model saw lately, beside its training.

    Args:
        labels: its classes, in its order.
        trained: samples of its training by class; None where the export does not say.
        hour: results of the last 60 minutes by class.
        day: of the last 24 hours.
        minute: results of the last whole minute.
        drift: of each class, the last 24 hours against training; empty where nothing can be said.
        confidence: the mean probability of the last 24 hours against the 7 days before; None where
            nothing can be said.
    """

    labels: tuple[str, ...]
    trained: tuple[int, ...] | None
    hour: tuple[int, ...]
    day: tuple[int, ...]
    minute: int
    drift: tuple[Difference, ...]
    confidence: Difference | None
    mean: float | None  # probability of the last 24 hours


def watched(
    connection: Connection, model: ExportedModel | Program, number: int, now: int
) -> Watched:
    """Count what a model saw.

    Args:
        connection: to the database.
        model: that runs, or a program.
        number: of it in the database.
        now: seconds since 1970.
    """
    end = now - now % 60
    labels = tuple(model.classes)
    next_minute = end + 60  # so that the minute that runs counts
    minutes, *_ = _blocks(connection, [(60, next_minute - HOUR, next_minute)], number, labels)
    hours, day_sums, day_sizes = _blocks(connection, _hours(end, 24), number, labels)
    _, before_sums, before_sizes = _blocks(connection, _hours(end - 24 * HOUR, 168), number, labels)
    last = _blocks(connection, [(60, end - 60, end)], number, labels)[2]
    trained = counts_of(model)
    drift: Sequence[Difference] = ()
    seen = of_blocks(hours)
    if trained is not None and any(trained) and seen is not None:
        drift = differences(labels, seen, of_sample(np.array(trained)))
    confidence = _confidence(
        mean_of_blocks(day_sums, day_sizes), mean_of_blocks(before_sums, before_sizes)
    )
    total = int(day_sizes.sum())
    return Watched(
        labels=labels,
        trained=trained,
        hour=tuple(minutes.sum(axis=0).tolist()),
        day=tuple(hours.sum(axis=0).tolist()),
        minute=int(last.sum()),
        drift=tuple(drift),
        confidence=confidence,
        mean=float(day_sums.sum()) / total if total and day_sums.any() else None,
    )


def counts_of(model: ExportedModel | Program) -> tuple[int, ...] | None:
    """Samples of the training by class, as export.json has them in its metadata."""
    described = getattr(model, "described", None)  # a program has none
    found = None if described is None else described.metadata.get("counts")
    if not isinstance(found, Sequence) or len(found) != len(model.classes):
        return None
    if not all(isinstance(n, int) and n >= 0 for n in found):
        return None
    return tuple(found)


def _hours(end: int, number: int) -> list[tuple[int, int, int]]:
    """The last hours up to now, the one that runs included."""
    last = -(-end // HOUR) * HOUR
    return [(HOUR, last - number * HOUR, last)]


def _blocks(
    connection: Connection,
    ranges: Sequence[tuple[int, int, int]],
    number: int,
    labels: Sequence[str],
) -> tuple[Counts, Floats, Counts]:
    """Counts (blocks, K), sums of probabilities (blocks,) and numbers (blocks,)."""
    ((length, begin, end),) = ranges
    column = {label: k for k, label in enumerate(labels)}
    blocks = (end - begin) // length
    counts = np.zeros((blocks, len(labels)), np.int64)
    sums, sizes = np.zeros(blocks), np.zeros(blocks, np.int64)
    for one in totals.over_time(connection, ranges, None, number):
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
