"""Frames with a settled label, beside what the models that ran said of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from counterpoise.service.database.label_tables import LabelFrame
from counterpoise.service.database.labels import CLASS, SETTLED
from counterpoise.service.database.tables import Result

MOST = 5000  # frames that judge a model


@dataclass(frozen=True)
class LabelledFrame:
    """A frame that was drawn uniformly at random, and its settled label.

    Args:
        result: number of its result.
        camera: number of its camera.
        truth: the label that people settled on.
        model: number of the model that ran then.
        label: what that said.
        probability: of it.
        scores: (K,) float32 by class of that model; None or empty without.
        picture: its key in the store; None where none is kept.
    """

    result: int
    camera: int
    truth: str
    model: int
    label: str
    probability: float | None
    scores: bytes | None
    picture: str | None


Labelled = Callable[[Connection], list[LabelledFrame]]


def random_tenth(connection: Connection, most: int = MOST) -> list[LabelledFrame]:
    """The labelled frames of the queue's uniformly random tenth, which alone judge a model.

    The newest `most` of them; those that are of no class, or bad pictures, are left out.
    """
    query = (
        select(
            Result.id, Result.camera_id, LabelFrame.label, Result.model_id, Result.label,
            Result.probability, Result.scores, Result.picture,
        )
        .join(Result, Result.id == LabelFrame.result_id)
        .where(LabelFrame.state == SETTLED, LabelFrame.verdict == CLASS, LabelFrame.is_random)
        .order_by(Result.id.desc())
        .limit(most)
    )  # fmt: skip
    return [LabelledFrame(*row) for row in connection.execute(query)]
