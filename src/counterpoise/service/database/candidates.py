"""Models that may take the place of the one that runs: what is known of each, and what is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database.audit import note
from counterpoise.service.database.candidate_tables import Candidate, Examined, ShadowPair
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.numbering import numbered
from counterpoise.service.database.tables import Model

WAITING, SHADOWED, BROKEN = "waits", "shadowed", "broken"
STATES = {
    WAITING: "it sees no frames now",
    SHADOWED: "it sees the frames of the running model",
    BROKEN: "it cannot be run",
}

Pair = tuple[int, str, str]  # the running model, its class, the candidate's class


@dataclass(frozen=True)
class Known:
    """A candidate, with its model; fields as in `candidate_tables.Candidate`."""

    id: int
    model: int
    digest: str
    name: str
    classes: tuple[str, ...]
    added: int
    added_by: str
    source: str
    state: str
    fault: str
    by_rule: bool
    since: int | None
    seen: int
    skipped: int
    failed: int
    seconds: float
    milliseconds: float | None
    running_milliseconds: float | None


@dataclass
class Tally:
    """Frames of one pair: how many, sums of probabilities, and the newest of them."""

    number: int = 0
    probability: float = 0.0
    shadow_probability: float = 0.0
    camera: int = 0
    at: int = 0


def every(connection: Connection) -> list[Known]:
    """All candidates, the newest first."""
    return [_known(row) for row in connection.execute(_QUERY.order_by(Candidate.id.desc()))]


def one(connection: Connection, number: int) -> Known:
    """A candidate by its number.

    Raises:
        ArgumentError: there is none of that number.
    """
    row = connection.execute(_QUERY.where(Candidate.id == number)).first()
    if row is None:
        raise ArgumentError(f"there is no candidate {number}")
    return _known(row)


def shadowed(connection: Connection) -> Known | None:
    """The candidate that sees the frames of the running model now."""
    row = connection.execute(_QUERY.where(Candidate.state == SHADOWED)).first()
    return None if row is None else _known(row)


def of_model(connection: Connection, model: int) -> Known | None:
    """The candidate that a model is."""
    row = connection.execute(_QUERY.where(Candidate.model_id == model)).first()
    return None if row is None else _known(row)


def model_of(
    connection: Connection, digest: str, name: str, classes: Sequence[str], at: int
) -> int:
    """The number of a model, which is new or known."""
    found = connection.scalar(select(Model.id).where(Model.digest == digest))
    if found is None:
        values = {"digest": digest, "name": name, "classes": json.dumps(classes), "since": at}
        key = connection.execute(insert(Model).values(values)).inserted_primary_key
        assert key is not None
        found = key[0]
    return int(found)


def add(
    connection: Connection,
    model: int,
    at: int,
    who: str,
    source: str,
    milliseconds: tuple[float | None, float | None] = (None, None),
) -> int:
    """A new candidate; its number.

    Args:
        connection: in a transaction.
        model: its number.
        at: microseconds since 1970.
        who: adds it.
        source: where it came from.
        milliseconds: of a sample, its own and the running model's.

    Raises:
        ArgumentError: it is one already.
    """
    one_at_a_time(connection, "changes")
    known = of_model(connection, model)
    if known is not None:
        raise ArgumentError(f"this model is candidate {known.id} already, {known.name}")
    values = {
        "model_id": model, "added": at, "added_by": who[:100], "source": source[:1000],
        "state": WAITING, "fault": "", "by_rule": False, "since": None, "seen": 0, "skipped": 0,
        "failed": 0, "seconds": 0.0, "milliseconds": milliseconds[0],
        "running_milliseconds": milliseconds[1],
    }  # fmt: skip
    (row,) = numbered(connection, Candidate, [values])
    key = connection.execute(insert(Candidate).values(row)).inserted_primary_key
    assert key is not None
    name = connection.scalar(select(Model.name).where(Model.id == model))
    note(connection, at, who, "model added", f"candidate {key[0]}: {name}, from {source}")
    return int(key[0])


def shadow(connection: Connection, number: int, by_rule: bool, at: int, who: str) -> None:
    """Have a candidate see the frames of the running model, in place of any other.

    Raises:
        ArgumentError: it is broken.
    """
    one_at_a_time(connection, "changes")
    known = one(connection, number)
    if known.state == BROKEN:
        raise ArgumentError(f"candidate {number} cannot be run: {known.fault}")
    stop = update(Candidate).where(Candidate.state == SHADOWED, Candidate.id != number)
    connection.execute(stop.values(state=WAITING, by_rule=False))
    since = known.since if known.state == SHADOWED else at
    values = {"state": SHADOWED, "by_rule": by_rule, "since": since}
    connection.execute(update(Candidate).where(Candidate.id == number).values(values))
    rule = ", to be promoted by the rule" if by_rule else ""
    note(connection, at, who, "model shadowed", f"candidate {number}: {known.name}{rule}")


def stop(connection: Connection, number: int, at: int, who: str) -> None:
    """Have a candidate see no more frames; what it saw is kept."""
    one_at_a_time(connection, "changes")
    known = one(connection, number)
    if known.state != SHADOWED:
        return
    values = {"state": WAITING, "by_rule": False}
    connection.execute(update(Candidate).where(Candidate.id == number).values(values))
    note(connection, at, who, "model not shadowed", f"candidate {number}: {known.name}")


def broke(connection: Connection, number: int, why: str, at: int) -> None:
    """Mark a candidate that could not be run; the running model goes on.

    Of several processes that find out, the first says why; one that was removed meanwhile is left.
    """
    one_at_a_time(connection, "changes")
    row = connection.execute(_QUERY.where(Candidate.id == number)).first()
    if row is None or (known := _known(row)).state == BROKEN:
        return
    values = {"state": BROKEN, "by_rule": False, "fault": why[:500]}
    connection.execute(update(Candidate).where(Candidate.id == number).values(values))
    note(connection, at, "the server", "model broken", f"candidate {number}: {known.name}: {why}")


def remove(connection: Connection, number: int, at: int, who: str) -> Known:
    """Forget a candidate and what it saw; results by it, if it ever ran, stay."""
    one_at_a_time(connection, "changes")
    known = one(connection, number)
    connection.execute(delete(ShadowPair).where(ShadowPair.model_id == known.model))
    connection.execute(delete(Examined).where(Examined.model_id == known.model))
    connection.execute(delete(Candidate).where(Candidate.id == number))
    note(connection, at, who, "model removed", f"candidate {number}: {known.name}")
    return known


def count(
    connection: Connection,
    number: int,
    pairs: Mapping[Pair, Tally],
    seen: int,
    skipped: int,
    failed: int,
    seconds: float,
) -> None:
    """Add what a candidate saw since the last time."""
    model = connection.scalar(select(Candidate.model_id).where(Candidate.id == number))
    if model is None:  # removed meanwhile
        return
    connection.execute(
        update(Candidate)
        .where(Candidate.id == number)
        .values(
            seen=Candidate.seen + seen,
            skipped=Candidate.skipped + skipped,
            failed=Candidate.failed + failed,
            seconds=Candidate.seconds + seconds,
        )
    )
    for (against, label, shadow_label), tally in pairs.items():
        key = {
            "model_id": model, "against_id": against, "label": label, "shadow_label": shadow_label,
        }  # fmt: skip
        which = [getattr(ShadowPair, name) == value for name, value in key.items()]
        changed = connection.execute(
            update(ShadowPair)
            .where(*which)
            .values(
                number=ShadowPair.number + tally.number,
                probability=ShadowPair.probability + tally.probability,
                shadow_probability=ShadowPair.shadow_probability + tally.shadow_probability,
                camera_id=tally.camera,
                at=tally.at,
            )
        )
        if not changed.rowcount:
            values = key | {
                "number": tally.number, "probability": tally.probability,
                "shadow_probability": tally.shadow_probability, "camera_id": tally.camera,
                "at": tally.at,
            }  # fmt: skip
            connection.execute(insert(ShadowPair).values(values))


def pairs(connection: Connection, model: int, against: int) -> dict[tuple[str, str], Tally]:
    """(the running model's class, the candidate's) -> what was seen of it."""
    query = select(ShadowPair).where(ShadowPair.model_id == model)
    query = query.where(ShadowPair.against_id == against)
    return {
        (row["label"], row["shadow_label"]): Tally(
            row["number"], row["probability"], row["shadow_probability"], row["camera_id"],
            row["at"],
        )
        for row in connection.execute(query).mappings()
    }  # fmt: skip


def examined(
    connection: Connection, model: int, results: Sequence[int]
) -> dict[int, Row[*tuple[Any, ...]]]:
    """What a model says of some labelled frames, by the number of their result."""
    found: dict[int, Row[*tuple[Any, ...]]] = {}
    for start in range(0, len(results), 500):
        query = select(Examined.result_id, Examined.label, Examined.probability, Examined.scores)
        query = query.where(Examined.model_id == model)
        query = query.where(Examined.result_id.in_(results[start : start + 500]))
        found.update({row[0]: row for row in connection.execute(query)})
    return found


def examine(connection: Connection, model: int, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep what a model says of labelled frames: result_id, label, probability, scores."""
    if rows:
        connection.execute(insert(Examined), [{**row, "model_id": model} for row in rows])


def number_examined(connection: Connection, model: int) -> int:
    """How many labelled frames a model was asked of."""
    query = select(func.count()).select_from(Examined).where(Examined.model_id == model)
    return connection.scalar(query) or 0


_QUERY = select(
    Candidate.id, Candidate.model_id, Model.digest, Model.name, Model.classes, Candidate.added,
    Candidate.added_by, Candidate.source, Candidate.state, Candidate.fault, Candidate.by_rule,
    Candidate.since, Candidate.seen, Candidate.skipped, Candidate.failed, Candidate.seconds,
    Candidate.milliseconds, Candidate.running_milliseconds,
).join(Model, Model.id == Candidate.model_id)  # fmt: skip


def _known(row: Row[*tuple[Any, ...]]) -> Known:
    values = list(row)
    values[4] = tuple(Model.names(str(values[4])))
    return Known(*values)
