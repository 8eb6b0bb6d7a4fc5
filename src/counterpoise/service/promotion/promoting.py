"""What an admin does with models, in the database of a server that may run or not.

Each change is whole or not at all, and has its line in the audit log. A server that runs takes it
up within a second (`following.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from counterpoise.errors import ArgumentError, CheckpointError, CounterpoiseError
from counterpoise.predict.exported_model import DESCRIPTION
from counterpoise.records import ExportRecord
from counterpoise.service.database import candidates, model_choices, models
from counterpoise.service.database.audit import note
from counterpoise.service.database.candidates import BROKEN, Known
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.model_choices import Choice
from counterpoise.service.database.tables import Model
from counterpoise.service.promotion.choosing import known_as
from counterpoise.service.promotion.class_names import Matched, matched
from counterpoise.service.promotion.keeping import drop, keep, kept, place, tried

LONGEST = 200  # characters of a name

Also = Callable[[Connection, int], None]


def add(
    engine: Engine, folder: Path, exported: Path, who: str, now: int, *, name: str = "",
    source: str = "", also: Also | None = None,
) -> int:  # fmt: skip
    """A new candidate from an exported folder, tried and copied; its number.

    Args:
        engine: of the database.
        folder: of the server.
        exported: what `counterpoise export` wrote.
        who: adds it.
        now: microseconds since 1970.
        name: for people; that of the folder, if it is empty.
        source: where it came from; the folder, if it is empty.
        also: what else is written if it is added, and only then; it is given the model's number.

    Raises:
        ArgumentError: it is broken, known, or does not go with the running model; nothing is left.
        OutputError: it cannot be copied.
    """
    exported = exported.absolute()
    running = _running(engine)
    ours = _described(folder, running)
    found = tried(exported, place(folder, running.digest))
    if found.model.kind != ours.input.kind:
        raise ArgumentError(
            f"a candidate takes the same samples as the running model, {ours.input.kind}s; this "
            f"one takes {found.model.kind}s (serve it from a folder of its own)"
        )
    matched(ours.classes, found.model.classes)
    known_as(engine, found.model)
    with engine.connect() as connection:
        query = select(Model.id).where(Model.digest == found.model.digest)
        number = connection.scalar(query)
        if number == running.model:
            raise ArgumentError(f"this is the model that runs, {running.name}")
        is_new = number is None
    keep(folder, exported, found.model.digest)
    name = (name or _name(exported))[:LONGEST]
    try:
        with engine.begin() as connection:
            one_at_a_time(connection, "changes")
            keep(folder, exported, found.model.digest)  # where `remove` has just dropped it
            number = candidates.model_of(
                connection, found.model.digest, name, found.model.classes, now
            )
            times = (found.milliseconds, found.running_milliseconds)
            made = candidates.add(connection, number, now, who, source or str(exported), times)
            if also is not None:
                also(connection, number)
        return made
    except Exception:
        with suppress(SQLAlchemyError), engine.connect() as connection:  # else `tidy` removes it
            if is_new and found.model.digest not in models.needed(connection):
                drop(folder, found.model.digest)  # nobody else added it meanwhile
        raise


def matched_classes(connection: Connection, classes: Sequence[str]) -> Matched:
    """How a candidate's classes go with those of the model that runs now.

    Raises:
        ArgumentError: one is missing.
    """
    running = model_choices.current(connection)
    query = select(Model.classes).where(Model.id == (running.model if running else None))
    return matched(Model.names(connection.scalar(query) or "[]"), classes)


def promote(
    engine: Engine, folder: Path, number: int, who: str, now: int, why: str = "promoted", *,
    judged: int | None = None,
) -> str:  # fmt: skip
    """Have a candidate run in place of the model that runs; its name.

    Args:
        engine: of the database.
        folder: of the server.
        number: of the candidate.
        who: wants it.
        now: microseconds since 1970.
        why: in words.
        judged: model against which the rule judged it; None where a person wants it.

    Raises:
        ArgumentError: there is none of that number, it runs already, is broken or lacks a class; or
            another model than `judged` runs by now, or nobody wants the rule to promote it now.
        CheckpointError: its copy is missing or damaged.
    """
    with engine.connect() as connection:
        known = _fit(connection, number)
    kept(folder, known.digest)  # it is whole
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        known = _fit(connection, number)
        running = model_choices.current(connection)
        assert running is not None
        if judged is not None and (running.model != judged or not known.by_rule):
            raise ArgumentError(
                f"candidate {number} was to be promoted by the rule in place of model {judged}, "
                "which an admin changed meanwhile"
            )
        if running.model == known.model:
            raise ArgumentError(f"candidate {number}, {known.name}, runs already")
        candidates.stop(connection, number, now, who)
        model_choices.choose(connection, now, who, why, known.model, running.started)
        said = f"candidate {number}: {known.name} in place of {running.name}: {why}"
        note(connection, now, who, "model promoted", said)
    return known.name


def roll_back(engine: Engine, folder: Path, who: str, now: int, *, seen: int | None = None) -> str:
    """Have the model run again that ran before; its name. Nothing that was recorded changes.

    Args:
        engine: of the database.
        folder: of the server.
        who: wants it.
        now: microseconds since 1970.
        seen: model that ran on the page where a person asked for it, so that a second click goes
            not back again; None for whichever runs.

    Raises:
        ArgumentError: no other ran before, no copy of it is kept, or another than `seen` runs.
    """
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        running, before = model_choices.current(connection), model_choices.before(connection)
        if running is None or before is None:
            raise ArgumentError("no other model ran before this one")
        if seen is not None and running.model != seen:
            raise ArgumentError(
                f"the model that ran on this page no longer runs: {running.name} does, "
                f"{running.why} (look again before you roll back)"
            )
        try:
            kept(folder, before.digest)
        except CheckpointError as error:
            raise ArgumentError(f"{before.name} cannot be run again: {error}") from None
        why = f"rolled back from {running.name}"
        model_choices.choose(connection, now, who, why, before.model, running.started)
        note(connection, now, who, "model rolled back", f"{before.name} in place of {running.name}")
    return before.name


def remove(engine: Engine, folder: Path, number: int, who: str, now: int) -> None:
    """Forget a candidate; its copy goes, too, unless it runs or ran.

    Raises:
        ArgumentError: there is none of that number.
    """
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # nobody promotes it meanwhile
        known = candidates.remove(connection, number, now, who)
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # nobody adds it again meanwhile
        if known.digest not in models.needed(connection):
            drop(folder, known.digest)


def _fit(connection: Connection, number: int) -> Known:
    """A candidate that can run."""
    known = candidates.one(connection, number)
    if known.state == BROKEN:
        raise ArgumentError(f"candidate {number} cannot be run: {known.fault}")
    matched_classes(connection, known.classes)
    return known


def _running(engine: Engine) -> Choice:
    with engine.connect() as connection:
        running = model_choices.current(connection)
    if running is None:
        raise ArgumentError("this server never ran a model; start it first")
    return running


def _described(folder: Path, running: Choice) -> ExportRecord:
    """What the running model takes and says."""
    try:
        return ExportRecord.read(place(folder, running.digest) / DESCRIPTION)
    except CounterpoiseError:
        raise ArgumentError(
            f"{running.name} has no copy to compare with: candidates are for servers that run an "
            "exported model, and not a program"
        ) from None


def _name(exported: Path) -> str:
    """Of a model, for people: its run, or its folder."""
    return exported.parent.parent.name if exported.name == "onnx" else exported.name
