"""Which models have analysed frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, union

from counterpoise.service.database.candidate_tables import Candidate, ModelChoice
from counterpoise.service.database.tables import Camera, Model, OverallTotal


def names(connection: Connection) -> dict[int, str]:
    """Number -> name of every model, the newest first."""
    rows = connection.execute(select(Model.id, Model.name).order_by(Model.since.desc()))
    return {int(number): str(name) for number, name in rows}


def digest_known(connection: Connection, digests: Sequence[str], classes: Sequence[str]) -> str:
    """By which of its digests a model is known, or will be: the first, if by none.

    Those after the first do not cover the names of classes, so these have to be the same.
    """
    query = select(Model.digest, Model.classes).where(Model.digest.in_(digests))
    found = {str(digest): Model.names(names) for digest, names in connection.execute(query)}
    if digests[0] in found:
        return digests[0]
    same = (one for one in digests[1:] if found.get(one) == list(classes))
    return next(same, digests[0])


def needed(connection: Connection) -> set[str]:
    """Digests of the models that run, ran, have results, or may take the place of another."""
    rows = union(
        select(ModelChoice.model_id),
        select(ModelChoice.started_id),
        select(Candidate.model_id),
        select(OverallTotal.model_id).where(OverallTotal.seconds == 86400),
    ).subquery()
    query = select(Model.digest).where(Model.id.in_(select(rows.c[0])))
    return set(connection.scalars(query))


def zones(connection: Connection) -> list[str]:
    """Time zones that cameras are in."""
    return list(connection.scalars(select(Camera.timezone).distinct().order_by(Camera.timezone)))


@dataclass(frozen=True)
class Known:
    """A model, and what it did.

    Args:
        since: when it ran for the first time, microseconds since 1970.
        last: begin of the hour of its newest result, seconds since 1970; None without any.
        number: of its results.
    """

    id: int
    digest: str
    name: str
    classes: int
    since: int
    last: int | None
    number: int


def known(connection: Connection) -> list[Known]:
    """Every model, the newest first."""
    counted = (
        select(
            OverallTotal.model_id,
            func.max(OverallTotal.begin).label("last"),
            func.sum(OverallTotal.number).label("number"),
        )
        .where(OverallTotal.seconds == 3600)
        .group_by(OverallTotal.model_id)
        .subquery()
    )
    query = (
        select(Model, counted.c.last, counted.c.number)
        .outerjoin(counted, counted.c.model_id == Model.id)
        .order_by(Model.since.desc(), Model.id.desc())
    )
    return [
        Known(
            row["id"], row["digest"], row["name"], len(Model.names(row["classes"])), row["since"],
            row["last"], int(row["number"] or 0),
        )
        for row in connection.execute(query).mappings()
    ]  # fmt: skip
