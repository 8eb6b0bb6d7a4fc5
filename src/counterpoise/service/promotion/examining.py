"""Asks models about labelled frames that they never saw, and compares what they say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, Engine, select

from counterpoise.predict import ExportedModel
from counterpoise.service.analyzer.analysis import analyse
from counterpoise.service.analyzer.frame import Frame, Seen
from counterpoise.service.database import candidates
from counterpoise.service.database.candidates import Known
from counterpoise.service.database.labelled_frames import Labelled, LabelledFrame
from counterpoise.service.database.tables import Model
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.promotion.judging import Floats, Judged, Said, judged

BATCH = 8  # frames at a time


class Examining:
    """Reads labelled frames, has models look at those they do not know, and judges.

    Args:
        engine: of the database.
        pictures: where frames are kept.
        labelled: gives the frames.
    """

    def __init__(self, engine: Engine, pictures: PictureStore, labelled: Labelled) -> None:
        self._engine, self._pictures, self._labelled = engine, pictures, labelled

    def look(self, model: ExportedModel, number: int) -> int:
        """Ask a model about a few frames that it was not asked about; how many are left.

        Args:
            model: that is asked.
            number: of it in the database.
        """
        with self._engine.connect() as connection:
            new = unknown(connection, self._labelled(connection), number)
        some = new[:BATCH]
        if not some:
            return 0
        rows = {f.result: _row(f.result, None) for f in some}
        frames, of = [], {}
        for one in some:
            content = None if not one.picture else self._pictures.get(one.picture)
            if content is not None:
                frame = Frame(one.camera, content, 0)
                frames.append(frame)
                of[id(frame)] = one.result
        for found in analyse(model, frames):
            if isinstance(found, Seen):
                result = of[id(found.frame)]
                rows[result] = _row(result, found)
        with self._engine.begin() as connection:
            candidates.examine(connection, number, list(rows.values()))
        return len(new) - len(some)


def unknown(
    connection: Connection, frames: Sequence[LabelledFrame], model: int
) -> list[LabelledFrame]:
    """The frames of which it is not known what a model says."""
    others = [frame for frame in frames if frame.model != model]
    known = candidates.examined(connection, model, [frame.result for frame in others])
    return [frame for frame in others if frame.result not in known]


def judgement(
    connection: Connection, frames: Sequence[LabelledFrame], running: int, candidate: Known
) -> Judged:
    """A candidate and the model that runs on the labelled frames that both were asked about."""
    first = _answers(connection, frames, running)
    second = _answers(connection, frames, candidate.model)
    said = [
        Said(
            frame.truth, first[frame.result][0], second[frame.result][0],
            first[frame.result][1], second[frame.result][1],
        )
        for frame in frames
        if frame.result in first and frame.result in second
    ]  # fmt: skip
    classes = Model.names(
        connection.scalar(select(Model.classes).where(Model.id == running)) or "[]"
    )
    return judged(said, classes, candidate.classes)


def _answers(
    connection: Connection, frames: Sequence[LabelledFrame], model: int
) -> dict[int, tuple[str, Floats | None]]:
    """Result -> class, and probability of each class where there are probabilities."""
    found = {
        frame.result: (frame.label, shares(frame.scores, frame.probability))
        for frame in frames
        if frame.model == model
    }
    others = [frame.result for frame in frames if frame.model != model]
    for result, row in candidates.examined(connection, model, others).items():
        if row.label is not None:
            found[result] = (row.label, shares(row.scores, row.probability))
    return found


def shares(scores: bytes | None, probability: float | None) -> Floats | None:
    """Probabilities (K,) of a result; None for a model of margins."""
    if not scores or probability is None:
        return None
    return np.frombuffer(scores, "<f4").astype(float)


def _row(result: int, seen: Seen | None) -> dict[str, object]:
    if seen is None:
        return {"result_id": result, "label": None, "probability": None, "scores": None}
    return {
        "result_id": result, "label": seen.label, "probability": seen.probability,
        "scores": seen.scores,
    }  # fmt: skip
