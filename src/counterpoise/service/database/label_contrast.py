"""What trainings saw: labelled frames unlike any of it, and cameras that are part of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, or_, select

from counterpoise.service.database.candidate_tables import ModelChoice
from counterpoise.service.database.label_tables import LabelFrame, Retraining
from counterpoise.service.database.labels import CLASS, SETTLED
from counterpoise.service.database.tables import Model, Result

HOUR = 3_600_000_000  # microseconds; frames of one camera in it may show the same scene
MOST = 2000  # the newest
LOOKED_AT = 5 * MOST  # at most, to find so many


@dataclass(frozen=True)
class Unseen:
    """A settled frame: its class, and what the model with this number said of it."""

    result: int
    label: str
    predicted: str
    model: int
    picture: str


def unseen(connection: Connection, model: int, most: int = MOST) -> list[Unseen]:
    """The newest frames that a model's training cannot have seen, of cameras or times apart.

    A frame may have been seen if a training here saw it, or if it was settled, outside the random
    tenth, before this model came: labels may be exported and trained on elsewhere. A frame of the
    same camera in the same hour of the clock, or the hours beside it, is left out, too.

    Args:
        connection: of the database.
        model: number of the one that runs.
        most: frames.
    """
    since = connection.scalar(select(Model.since).where(Model.id == model)) or 0
    chosen_before = and_(LabelFrame.is_random.is_(False), LabelFrame.settled <= since)
    may_be_seen = or_(LabelFrame.used.is_not(None), chosen_before)
    settled = and_(LabelFrame.state == SETTLED, LabelFrame.verdict == CLASS)
    joined = Result.id == LabelFrame.result_id
    hours = select(Result.camera_id, (Result.at // HOUR).label("hour")).join(LabelFrame, joined)
    rows = connection.execute(hours.where(settled, may_be_seen).distinct())
    seen = {(row.camera_id, row.hour + near) for row in rows for near in (-1, 0, 1)}
    query = (
        select(
            Result.id, Result.camera_id, Result.at, LabelFrame.label, Result.label.label("said"),
            Result.model_id, Result.picture,
        )
        .join(LabelFrame, joined)
        .where(settled, ~may_be_seen)
        .order_by(LabelFrame.result_id.desc())
        .limit(LOOKED_AT)
    )  # fmt: skip
    found: list[Unseen] = []
    for row in connection.execute(query):
        if (row.camera_id, row.at // HOUR) in seen:
            continue
        found.append(Unseen(row.id, row.label, row.said, row.model_id, row.picture or ""))
        if len(found) == most:
            break
    return found


def cameras_seen(connection: Connection) -> set[int]:
    """Cameras of which a network that runs here learned labelled frames, or may have.

    Retrainings here did, and so may those have that made the models with which this server was
    started: labels that were settled before, outside the random tenth, may have been exported.
    """
    made_here = select(Retraining.model_id).where(Retraining.model_id.is_not(None))
    given = select(func.max(Model.since)).where(
        Model.id.in_(select(ModelChoice.started_id)), Model.id.not_in(made_here)
    )
    since = connection.scalar(given) or 0
    exported = and_(LabelFrame.is_random.is_(False), LabelFrame.settled <= since)
    query = select(LabelFrame.camera_id).where(or_(LabelFrame.used.is_not(None), exported))
    return set(connection.scalars(query.distinct()))
