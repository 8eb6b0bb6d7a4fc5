"""The contrast set of TLC's F1 deficit: what the running model says of frames it never saw."""

from __future__ import annotations

from collections import Counter

import numpy as np
from sqlalchemy import Engine

from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_contrast
from counterpoise.service.labelling.looking import PART, Model, look
from counterpoise.service.pictures.store import PictureStore


def contrast(
    engine: Engine, pictures: PictureStore, model: Model, number: int
) -> Counter[tuple[str, str]]:
    """(Class, what the running model says) -> frames that its training cannot have seen.

    Of a frame that another model classified the running one is asked again, if its picture is kept.

    Args:
        engine: of the database.
        pictures: the store.
        model: that runs.
        number: its own in the database.
    """
    with engine.connect() as connection:
        frames = label_contrast.unseen(connection, number)
    found = Counter((one.label, one.predicted) for one in frames if one.model == number)
    if isinstance(model, Program):
        return found
    others = [one for one in frames if one.model != number]
    for start in range(0, len(others), PART):
        looked = [(one.label, look(model, pictures, one.picture)) for one in others[start:][:PART]]
        there = [(label, sample) for label, sample in looked if sample is not None]
        if there:
            said = model.predict(np.stack([sample for _, sample in there])).labels
            found.update(
                (label, model.classes[k]) for (label, _), k in zip(there, said, strict=True)
            )
    return found
