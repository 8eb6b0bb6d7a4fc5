"""Labelling in the running server: the queue, who has which frame, and retraining."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.labelling.filling import Filler
from counterpoise.service.labelling.handing import Handed
from counterpoise.service.labelling.reasons import Rules
from counterpoise.service.pictures.store import PictureStore


class LabelDesk:
    """What the pages of labelling share.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        rules: of the queue.
        clock: microseconds since 1970.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: PictureStore,
        model: Callable[[], ExportedModel | Program],
        rules: Rules,
        clock: Callable[[], int],
    ) -> None:
        self.filler = Filler(engine, pictures, model, rules, clock)
        self.handed = Handed()

    def start(self) -> None:
        """Begin."""
        self.filler.start()

    def stop(self) -> None:
        """End."""
        self.filler.stop()
