"""Labelling in the running server: the queue, who has which frame, and retraining."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.labelling.filling import Filler
from counterpoise.service.labelling.handing import Handed
from counterpoise.service.labelling.reasons import Rules
from counterpoise.service.labelling.retraining import Retrainer
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion import promoting


class LabelDesk:
    """What the pages of labelling share.

    Args:
        engine: of the database.
        pictures: the store.
        model: gives the model that runs.
        folder: of the server.
        rules: of the queue.
        clock: microseconds since 1970.
        base: pictures that the model was trained on; None where they are not known.
    """

    def __init__(
        self,
        engine: Engine,
        pictures: PictureStore,
        model: Callable[[], ExportedModel | Program],
        folder: Path,
        rules: Rules,
        clock: Callable[[], int],
        base: Path | None = None,
    ) -> None:
        self._engine, self._folder, self._clock = engine, folder, clock
        self.filler = Filler(engine, pictures, model, rules, clock, base)
        self.handed = Handed()
        self.retrainer = Retrainer(engine, pictures, model, folder, clock, self._offer)

    def start(self) -> None:
        """Begin."""
        self.filler.start()
        self.retrainer.start()

    def stop(self) -> None:
        """End."""
        self.filler.stop()
        self.retrainer.stop()

    def _offer(self, exported: Path, number: int, by: str, also: promoting.Also) -> None:
        """Make a retrained model a candidate."""
        name, source = f"retraining {number}", f"retraining {number}, with labels"
        promoting.add(
            self._engine, self._folder, exported, by, self._clock(), name=name, source=source,
            also=also,
        )  # fmt: skip
