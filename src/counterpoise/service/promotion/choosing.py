"""Which model a server runs: the one it is given, or the one that was promoted since."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Engine

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import model_choices, models
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.promotion.keeping import keep
from counterpoise.service.promotion.travelling import Copies

SERVER = "the server"
STARTED = "the server was started with it"
AWAITED = "model awaited"  # in the audit log
AGAIN = "it was loaded again from the folder that is served"

log = logging.getLogger(__name__)


def known_as(engine: Engine, model: ExportedModel | Program) -> None:
    """Have a model go by the digest that the database has of it, which may be an earlier one."""
    if isinstance(model, ExportedModel):
        with engine.connect() as connection:
            model.call(models.digest_known(connection, model.digests, model.classes))


def at_start(
    engine: Engine, copies: Copies, given: ExportedModel | Program, number: int, name: str, now: int
) -> tuple[ExportedModel | Program, str, int]:
    """The model that runs, its name and number, when a server starts.

    A promotion holds until the server is given another model than it was at that promotion. Where
    the store does not give the promoted model now, the given one runs until it does (following.py).

    Args:
        engine: of the database.
        copies: of models; on a machine that is new to the server they come from the store.
        given: the model, or the program, of its options.
        number: of that in the database.
        name: of that.
        now: microseconds since 1970.
    """
    _keep(copies.folder, given)
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        last = model_choices.current(connection)
        if last is None or last.started != number:
            model_choices.choose(connection, now, SERVER, STARTED, number, number)
            if last is not None:
                said = f"{name} runs in place of {last.name}: {STARTED}"
                note(connection, now, SERVER, "model changed", said)
            return given, name, number
    if last.model == number:
        return given, name, number
    try:
        return copies.get(last.digest), last.name, last.model
    except CounterpoiseError as error:
        if copies.may_come(error):
            log.error(
                "%s runs until %s, which was promoted, can be had: %s", name, last.name, error
            )
            with engine.begin() as connection:
                said = f"{name} runs until {last.name} can be had: {copies.said(error)}"
                note(connection, now, SERVER, AWAITED, said)
            return given, name, number
        why = f"{last.name}, which was chosen, cannot be loaded: {copies.said(error)}"
        log.error("%s runs: %s, which was chosen, cannot be loaded: %s", name, last.name, error)
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")
        if model_choices.current(connection) == last:  # else a newer choice is followed
            model_choices.choose(connection, now, SERVER, why, number, number)
            note(connection, now, SERVER, "model changed", f"{name} runs: {why}")
    return given, name, number


def loaded_again(
    engine: Engine, folder: Path, model: ExportedModel | Program, number: int, name: str, now: int
) -> None:
    """Note that the operator had a model loaded in place of the one that runs.

    Raises:
        ArgumentError: it is no other model than before, and another one was promoted since.
    """
    _keep(folder, model)
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        last = model_choices.current(connection)
        if last is not None and last.started == number != last.model:
            raise ArgumentError(
                f"{last.name} was promoted in place of {name}, whose folder holds the same model "
                "as then; roll back on the page of models to run that again"
            )
        if last is None or last.model != number:
            model_choices.choose(connection, now, SERVER, AGAIN, number, number)
            note(connection, now, SERVER, "model changed", f"{name} runs: {AGAIN}")


def _keep(folder: Path, model: ExportedModel | Program) -> None:
    """Keep a copy of a model to go back to; without one, it can only be started with."""
    exported = getattr(model, "folder", None)
    if exported is None:  # a program
        return
    try:
        keep(folder, exported, model.digest)
    except (CounterpoiseError, OSError) as error:
        log.warning("no copy of the model is kept to go back to: %s", error)
