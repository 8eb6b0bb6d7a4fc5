"""Has a worker do what the database says of models: its server decides, and it follows."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Engine

from counterpoise.errors import CheckpointError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import model_choices
from counterpoise.service.database.model_choices import Choice
from counterpoise.service.promotion.patience import Patience
from counterpoise.service.promotion.showing import Showing
from counterpoise.service.promotion.travelling import Copies, waited_for

START = 30.0  # seconds that a server which was started just now has to send its model

log = logging.getLogger(__name__)

Use = Callable[[ExportedModel | Program, str, int], None]


class Heeding:
    """Has a worker run the model that the server runs, and show its frames to the candidate.

    Where the model cannot be loaded the one before goes on, which is said once.

    Args:
        engine: of the database.
        copies: where models come from.
        given: what the worker was started with.
        name: of that.
        running: number of that in the database.
        use: has the worker run a model, with its name and number.
        showing: shows frames to a candidate.
    """

    def __init__(
        self, engine: Engine, copies: Copies, given: ExportedModel | Program, name: str,
        running: int, use: Use, showing: Showing,
) -> None:  # fmt: skip
        self._engine, self._copies, self._given, self._use = engine, copies, given, use
        self.name, self.running = name, running
        self._showing, self._patience = showing, Patience()

    def look(self) -> None:
        """Take up what changed."""
        with self._engine.connect() as connection:
            wanted = model_choices.current(connection)
        if wanted is not None and wanted.model != self.running:
            self._follow(wanted)
        self._showing.sync(self.running)
        self._showing.write()

    def _follow(self, wanted: Choice) -> None:
        if not self._patience.may_try(wanted.model):
            return
        is_own = wanted.digest == self._given.digest
        try:
            model = self._given if is_own else self._copies.get(wanted.digest)
        except CounterpoiseError as error:
            if self._patience.is_to_be_said(error):
                log.error(
                    "%s goes on, though %s is chosen, which cannot be loaded here: %s",
                    self.name, wanted.name, error,
                )  # fmt: skip
            return
        self._patience.forget()
        self.name, self.running = wanted.name, wanted.model
        self._use(model, wanted.name, wanted.model)


def running_model(engine: Engine, copies: Copies, wait: float = START) -> tuple[ExportedModel, str]:
    """The model that the server runs, and its name, for a worker that is given none.

    Raises:
        CheckpointError: there is none, it is a program, or it cannot be loaded.
    """
    with engine.connect() as connection:
        wanted = model_choices.current(connection)
    if wanted is None:
        raise CheckpointError(
            "the server of this database never ran a model (start it first, or give the worker "
            "its own: --model)"
        )
    try:
        return waited_for(copies, wanted.digest, wait), wanted.name
    except CheckpointError as error:
        raise CheckpointError(
            f"{wanted.name} is chosen, which cannot be loaded here: {error}; where it is a "
            "program, or on no store, give it to the worker, too: --program, or --model"
        ) from None
