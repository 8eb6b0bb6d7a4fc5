"""The running model with another prior, as a model of its own: applied, and taken back."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sqlalchemy import Engine, select

from counterpoise.errors import ArgumentError, CounterpoiseError
from counterpoise.predict.exported_model import DESCRIPTION, MODEL, digests_of
from counterpoise.records import ExportRecord
from counterpoise.service.analyzer.prior_shift import stood_for
from counterpoise.service.database import candidates, model_choices, models
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.model_choices import Choice
from counterpoise.service.database.tables import Model
from counterpoise.service.promotion.keeping import kept, not_written, place
from counterpoise.service.promotion.promoting import (
    add,
    described,
    promote,
    require_unchanged,
    running_choice,
)

ENDING = ", prior corrected"
TINY = 1e-6
HISTORY = 1000  # choices in which the model without its correction is looked for
NAMED = 5  # classes that the audit log names, those that change most


def correct(engine: Engine, folder: Path, shares: Sequence[float], who: str, now: int) -> str:
    """Have the running model assume other shares of the classes; its name then.

    What comes of it is a candidate with the same graph, which is promoted at once: its results have
    a model of their own, and `take_back` loses nothing.

    Args:
        engine: of the database.
        folder: of the server.
        shares: of each class, in the order of the model's.
        who: wants it.
        now: microseconds since 1970.

    Raises:
        ArgumentError: it is not known which shares the model assumes, these are none, or another
            model was chosen meanwhile.
        OutputError: the disk is full.
    """
    running = running_choice(engine)
    there = place(folder, running.digest)
    ours = described(engine, folder, running)
    before = stood_for(ours)
    if before is None:
        raise ArgumentError(
            f"it is not known which shares of the classes {running.name} assumes, so it cannot be "
            "corrected"
        )
    after = np.array(shares, np.float64)
    if after.shape != before.shape or not (np.isfinite(after).all() and (after > 0).all()):
        raise ArgumentError(
            f"shares are {len(before)} numbers above 0, one for each class of {running.name}; got "
            f"{len(after)}, of which {int((after > 0).sum())} are above 0"
        )
    after /= after.sum()
    if not (after > TINY).all():
        raise ArgumentError(
            f"a share of {after.min():.1g} would have its class never be seen again; give each "
            f"class more than {TINY:g} of the whole"
        )
    old = np.ones(len(before)) if ours.correction is None else np.array(ours.correction)
    factors = tuple((old * after / before).tolist())
    new = ours.model_copy(update={"correction": factors})
    name = running.name.removesuffix(ENDING) + ENDING
    most = np.argsort(-np.abs(after - before))[:NAMED]
    said = ", ".join(f"“{ours.classes[k]}” {before[k]:.1%} to {after[k]:.1%}" for k in most)
    number = _known(engine, digests_of(new, (there / MODEL).read_bytes()), new.classes)
    if number is None:
        with TemporaryDirectory(dir=folder) as aside:
            try:
                shutil.copyfile(there / MODEL, Path(aside) / MODEL)
                (Path(aside) / DESCRIPTION).write_text(new.text(), "utf-8")
            except OSError as error:
                raise not_written(there, error) from None
            source = f"{running.name}, for other shares of the classes"
            number = add(engine, folder, Path(aside), who, now, name=name, source=source)
    why = f"prior correction: {said}"
    return promote(engine, folder, number, who, now, why, instead=running)


def take_back(engine: Engine, folder: Path, who: str, now: int) -> str:
    """Have the model run again as it was before any correction; its name.

    Raises:
        ArgumentError: the model that runs is not corrected, or another was chosen meanwhile.
    """
    running = running_choice(engine)
    ours = described(engine, folder, running)
    if ours.correction is None:
        raise ArgumentError(f"{running.name} has no prior correction to take back")
    with engine.connect() as connection:
        earlier = model_choices.history(connection, HISTORY)
    for one in earlier:
        with suppress(CounterpoiseError):
            its = ExportRecord.read(place(folder, one.digest) / DESCRIPTION)
            is_same = (its.files[MODEL], its.classes) == (ours.files[MODEL], ours.classes)
            if its.correction is None and is_same:
                kept(folder, one.digest)  # it is whole
                break
    else:
        raise ArgumentError(
            f"the server has no whole copy of the model that {running.name} was made of, which "
            "runs on"
        )
    return _run(engine, one, running, who, now)


def _run(engine: Engine, wanted: Choice, running: Choice, who: str, now: int) -> str:
    with engine.begin() as connection:
        one_at_a_time(connection, "changes")  # what is read here holds until it is written
        require_unchanged(connection, running)
        why = f"the prior correction of {running.name} was taken back"
        model_choices.choose(connection, now, who, why, wanted.model, running.started)
        note(connection, now, who, "model rolled back", f"{wanted.name} in place: {why}")
    return wanted.name


def _known(engine: Engine, digests: Sequence[str], classes: Sequence[str]) -> int | None:
    """The candidate of these digests, as of a correction that was taken back."""
    with engine.connect() as connection:
        digest = models.digest_known(connection, digests, classes)
        model = connection.scalar(select(Model.id).where(Model.digest == digest))
        known = None if model is None else candidates.of_model(connection, model)
    return None if known is None else known.id
