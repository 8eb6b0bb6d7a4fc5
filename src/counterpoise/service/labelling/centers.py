"""What the model knows already, as points that frames to be labelled shall be far from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import Engine

from counterpoise.errors import ArgumentError
from counterpoise.service.analyzer.program import Program
from counterpoise.service.database import label_pool
from counterpoise.service.labelling import base_data
from counterpoise.service.labelling.looking import Looking, Model, sample_of

MOST = 1000  # frames, and as many pictures of an earlier training

Points = npt.NDArray[np.float64]


class Centers:
    """Features of frames that are queued or labelled, and of what the model was trained on.

    Args:
        engine: of the database.
        looking: at stored frames.
        base: pictures that a retraining trains on besides labels; None for none.
    """

    def __init__(self, engine: Engine, looking: Looking, base: Path | None) -> None:
        self._engine, self._looking, self._base = engine, looking, base
        self._of = ""  # digest of the model that the features are of
        self._frames: dict[int, Points] = {}
        self._trained: list[Points] = []

    def features(self, model: Model) -> Points | None:
        """(M, D); None where the model was exported without features, or there is nothing yet.

        Those of a frame are computed once for each model.
        """
        if not getattr(model, "has_features", False):
            return None
        with self._engine.connect() as connection:
            there = label_pool.asked(connection, MOST)
        if model.digest != self._of:
            self._of, self._frames, self._trained = model.digest, {}, self._of_base(model)
        fresh = [one for one in there if one.id not in self._frames]
        looked = [(one.id, self._looking.sample(model, one.picture)) for one in fresh]
        seen = [(number, sample) for number, sample in looked if sample is not None]
        points = self._looking.features(model, [sample for _, sample in seen])
        self._frames = {one.id: self._frames[one.id] for one in there if one.id in self._frames}
        if points is not None:
            self._frames |= {number: point for (number, _), point in zip(seen, points, strict=True)}
        found = [*self._trained, *self._frames.values()]
        return np.stack(found) if found else None

    def probabilities(self, number: int, classes: tuple[str, ...]) -> Points | None:
        """(M, K) of the frames that the model with this number classified; None for none."""
        with self._engine.connect() as connection:
            there = label_pool.asked(connection, MOST, number)
        return label_pool.table(there, classes) if there else None

    def _of_base(self, model: Model) -> list[Points]:
        if self._base is None or isinstance(model, Program) or model.kind != "image":
            return []
        try:
            paths = [one.path for one in base_data.samples(self._base)]
        except (ArgumentError, OSError, ValueError):  # a retraining says what is wrong with it
            return []
        order = np.random.default_rng(0).permutation(len(paths))[:MOST]
        samples = []
        for i in order:
            self._looking.go_on()
            try:
                sample = sample_of(model, paths[i].read_bytes())
            except OSError:
                continue
            if sample is not None:
                samples.append(sample)
        points = self._looking.features(model, samples)
        return [] if points is None else list(points)
