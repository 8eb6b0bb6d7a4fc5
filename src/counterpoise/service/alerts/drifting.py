"""Which cameras see other classes than the training had, looked at once a minute for each rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.drift import HOURS, MINUTES, Drift, counts_of, drift
from counterpoise.service.analyzer.program import Program
from counterpoise.service.analyzer.shares import Counts
from counterpoise.service.database import seen_blocks

EVERY = 60.0  # seconds that what was measured is kept
MOST = 2000  # cameras that are looked at, those that saw something last

HOUR = 3600


@dataclass(frozen=True)
class Reference:
    """The model that runs: its number, its classes, and samples of its training by class."""

    model: int
    labels: tuple[str, ...]
    trained: tuple[int, ...]


def reference_of(model: ExportedModel | Program, number: int) -> Reference | None:
    """The reference that a model has; None where it does not say what it was trained with."""
    trained = counts_of(model)
    return None if trained is None else Reference(number, tuple(model.classes), trained)


class Drifting:
    """Measures the drift of cameras, and remembers it for a while.

    Args:
        reference: of the model that runs; None where it does not say what it was trained with.
    """

    def __init__(self, reference: Callable[[], Reference | None]) -> None:
        self._reference = reference
        self._known: dict[int, tuple[float, Reference | None, list[tuple[int, Drift]]]] = {}

    def measured(
        self,
        connection: Connection,
        rule: int,
        wanted: frozenset[int] | None,
        seconds: int,
        at: float,
    ) -> list[tuple[int, Drift]]:
        """Camera and drift, of those of which something can be said.

        Args:
            connection: to the database.
            rule: its number.
            wanted: its cameras; None for all.
            seconds: since 1970.
            at: monotonic seconds.
        """
        reference, known = self._reference(), self._known.get(rule)
        if known is None or known[1] != reference or at - known[0] >= EVERY:
            cameras = seen_blocks.lately(connection, seconds - HOURS * HOUR, MOST)
            if wanted is not None:
                cameras = [camera for camera in cameras if camera in wanted]
            found = [] if reference is None else of_cameras(connection, cameras, reference, seconds)
            self._known[rule] = known = (at, reference, found)
        return known[2]

    def forget(self, rules: Sequence[int]) -> None:
        """Keep only what was measured for these rules."""
        self._known = {rule: one for rule, one in self._known.items() if rule in rules}


def of_cameras(
    connection: Connection, cameras: Sequence[int], reference: Reference, seconds: int
) -> list[tuple[int, Drift]]:
    """The drift of each camera of which something can be said, at `seconds` since 1970."""
    seen = counted(connection, cameras, reference, seconds)
    found = [(camera, drift(reference.labels, reference.trained, *seen[camera])) for camera in seen]
    return [(camera, one) for camera, one in found if one is not None]


def counted(
    connection: Connection, cameras: Sequence[int], reference: Reference, seconds: int
) -> dict[int, tuple[Counts, Counts]]:
    """Camera -> counts by hour and class (24, K), and by minute of the last hour (60, K)."""
    hour, minute = seconds - seconds % HOUR + HOUR, seconds - seconds % 60 + 60  # that run count
    model, labels = reference.model, reference.labels
    hours = seen_blocks.blocks(
        connection, cameras, model, labels, (HOUR, hour - HOURS * HOUR, hour)
    )
    last = (60, minute - MINUTES * 60, minute)
    minutes = seen_blocks.blocks(connection, list(hours), model, labels, last)
    none = np.zeros((MINUTES, len(labels)), np.int64)
    return {camera: (counts, minutes.get(camera, none)) for camera, counts in hours.items()}
