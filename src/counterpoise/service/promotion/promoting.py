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
from counterpoise.service.database.audit import newest, note
from counterpoise.service.database.candidates import BROKEN, Known
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.model_choices import Choice
from counterpoise.service.database.tables import Model
from counterpoise.service.promotion.choosing import AWAITED, known_as
from counterpoise.service.promotion.class_names import Matched, matched
from counterpoise.service.promotion.keeping import Tried, drop, is_kept, keep, kept, place, tried

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
    running = running_choice(engine)
    ours = described(engine, folder, running)
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
    source = source or str(exported)
    try:
        while (made := _added(engine, folder, found, name, source, who, now, also)) is None:
            keep(folder, exported, found.model.digest)  # `remove` has just dropped it
    except Exception:
        with suppress(SQLAlchemyError), engine.begin() as connection:  # else `tidy` removes it
            one_at_a_time(connection, "changes")  # nobody else adds it meanwhile
            if is_new and found.model.digest not in models.needed(connection):
                drop(folder, found.model.digest)
        raise
    return made


def _added(
    engine: Engine, folder: Path, found: Tried, name: str, source: str, who: str, now: int,
    also: Also | None,
) -> int | None:  # fmt: skip
    """A new candidate, whose copy then stays; None where there is none any more."""
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")
        if not is_kept(folder, found.model.digest):
            return None
        number = candidates.model_of(connection, found.model.digest, name, found.model.classes, now)
        times = (found.milliseconds, found.running_milliseconds)
        made = candidates.add(connection, number, now, who, source, times)
        if also is not None:
            also(connection, number)
    return made


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
    judged: int | None = None, instead: Choice | None = None,
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
        instead: choice in place of which it runs; None for whichever holds.

    Raises:
        ArgumentError: there is none of that number, it runs already, is broken or lacks a class; or
            another model than `judged`, or another choice than `instead`, holds by now, or nobody
            wants the rule to promote it any more.
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
        if judged is not None and running.model != judged:
            raise ArgumentError(
                f"the rule judged candidate {number} against model {judged}, and another one is "
                f"chosen by now: {running.said} (the candidate is judged against that once it runs)"
            )
        if judged is not None and not known.by_rule:
            raise ArgumentError(
                f"candidate {number} is not to be promoted by the rule any more, which an admin "
                "changed meanwhile"
            )
        if instead is not None:
            require_unchanged(connection, instead)
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
        ArgumentError: no other ran before, no copy of it is kept, another than `seen` runs, or
            another was chosen meanwhile.
    """
    with engine.connect() as connection:
        running, before = model_choices.current(connection), model_choices.before(connection)
    if running is None or before is None:
        raise ArgumentError("no other model ran before this one")
    if seen is not None and running.model != seen:
        raise ArgumentError(
            f"the model that ran on this page no longer runs: {running.name} does, "
            f"{running.why} (look again before you roll back)"
        )
    try:
        kept(folder, before.digest)  # it is whole
    except CheckpointError as error:
        raise ArgumentError(f"{before.name} cannot be run again: {error}") from None
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        require_unchanged(connection, running)
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


def require_unchanged(connection: Connection, running: Choice) -> None:
    """Refuse to choose a model in place of another one than was looked at.

    Raises:
        ArgumentError: another choice was made since.
    """
    now = model_choices.current(connection)
    if now is not None and now != running:
        raise ArgumentError(
            f"another model was chosen meanwhile, and nothing was changed: {now.said}: {now.why} "
            "(look again)"
        )


def _fit(connection: Connection, number: int) -> Known:
    """A candidate that can run."""
    known = candidates.one(connection, number)
    if known.state == BROKEN:
        raise ArgumentError(f"candidate {number} cannot be run: {known.fault}")
    matched_classes(connection, known.classes)
    return known


def running_choice(engine: Engine) -> Choice:
    """The choice that holds.

    Raises:
        ArgumentError: there is none yet.
    """
    with engine.connect() as connection:
        running = model_choices.current(connection)
    if running is None:
        raise ArgumentError("this server never ran a model; start it first")
    return running


def described(engine: Engine, folder: Path, running: Choice) -> ExportRecord:
    """What the model that is chosen takes and says.

    Raises:
        ArgumentError: no whole copy of it is here, and why.
    """
    try:
        return ExportRecord.read(place(folder, running.digest) / DESCRIPTION)
    except CounterpoiseError as error:
        fault = str(error).replace(str(folder), "the server's folder")
    if running.model == running.started:
        raise ArgumentError(
            f"{running.name} has no whole copy to begin from: {fault} (a program has none: this is "
            "for servers that run an exported model)"
        )
    with engine.connect() as connection:
        awaited = newest(connection, AWAITED, running.at)
    if awaited is None:
        raise ArgumentError(
            f"the model that was promoted has no whole copy to begin from: {running.said}: {fault} "
            "(roll back, or put its copy there again)"
        )
    raise ArgumentError(
        f"the model that was promoted is awaited: {running.said}; {awaited} (it runs as soon as "
        "its copy can be had; or roll back)"
    )


def _name(exported: Path) -> str:
    """Of a model, for people: its run, or its folder."""
    return exported.parent.parent.name if exported.name == "onnx" else exported.name
