"""What knowing the shares of the classes here would change, on the frames that have labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.prior_shift import (
    assumed,
    cautious,
    estimated,
    moved,
    trained_for,
)
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database.labelled_frames import LabelledFrame
from counterpoise.service.database.results import newest_scores
from counterpoise.service.promotion.examining import shares
from counterpoise.service.promotion.judging import Floats, Judged, Said, judged

NEWEST = 2000  # results from which the shares are estimated
LEAST = 100


@dataclass(frozen=True)
class Correction:
    """A prior correction that is offered.

    Args:
        number: of results that the shares are estimated from.
        labels: the classes.
        stands_for: shares that the model assumes.
        shares: that are estimated here.
        judged: the model as it is ("running") against the corrected one, on labelled frames.
    """

    number: int
    labels: tuple[str, ...]
    stands_for: Floats
    shares: Floats
    judged: Judged


def correction(
    connection: Connection,
    model: ExportedModel | Program,
    number: int,
    frames: Sequence[LabelledFrame],
) -> Correction | str:
    """What a correction would do, or why there is none.

    Args:
        connection: to the database.
        model: that runs.
        number: of it.
        frames: with labels, of the random tenth.
    """
    stands_for, before = assumed(model), trained_for(model)
    if stands_for is None or before is None:
        return (
            "The model does not say which shares of classes its probabilities stand for, or rules "
            "after training change them, so no correction is offered."
        )
    table = _table(newest_scores(connection, number, NEWEST), len(model.classes))
    if len(table) < LEAST:
        return f"A correction takes {LEAST} results of this model; there are {len(table)}."
    found = cautious(estimated(table, stands_for), before)
    said = []
    for frame in frames:
        own = shares(frame.scores, frame.probability)
        if frame.model != number or own is None or len(own) != len(stands_for):
            continue
        new = moved(own[None], stands_for, found)[0]
        label = model.classes[int(new.argmax())]
        said.append(Said(frame.truth, frame.label, label, own, new))
    return Correction(
        len(table), tuple(model.classes), stands_for, found,
        judged(said, model.classes, model.classes),
    )  # fmt: skip


def _table(scores: Sequence[bytes], num_classes: int) -> Floats:
    rows = [np.frombuffer(one, "<f4") for one in scores]
    kept = [row for row in rows if len(row) == num_classes]
    return np.array(kept, np.float64).reshape(-1, num_classes)
