"""Several predictors as one: the mean of their probabilities, or of their margins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import Tensor

from counterpoise.errors import ArgumentError, CheckpointError, near
from counterpoise.predict import artifact
from counterpoise.predict.batches import decoded
from counterpoise.predict.prediction import Prediction, Prior
from counterpoise.predict.predictor import Predictor


class Ensemble:
    """Predictors of one method, such as the runs of its seeds, that decide together.

    Args:
        members: at least one; of the same classes, in the same order, inputs and kind of scores.

    Raises:
        ArgumentError: no member, or members that differ in these.
    """

    def __init__(self, members: Sequence[Predictor]) -> None:
        if not members:
            raise ArgumentError("an ensemble has at least one member; got none")
        first = members[0]
        for other in members[1:]:
            for what in ("classes", "scores", "input_shape"):
                mine, theirs = getattr(first, what), getattr(other, what)
                if mine != theirs:
                    raise ArgumentError(
                        f"members of an ensemble have the same {what}; got {mine} and {theirs}"
                    )
        self.members = tuple(members)
        self.classes = first.classes
        self.scores = first.scores
        self.input_shape = first.input_shape

    def predict(self, inputs: npt.NDArray[np.generic] | Tensor) -> Prediction:
        """Decide on raw samples (N, ...); see ``Predictor.predict``."""
        return self._mean([member.predict(inputs) for member in self.members])

    def predict_files(self, paths: Sequence[str | Path]) -> Prediction:
        """Decide on image files; see ``Predictor.predict_files``."""
        parts = [self.predict(images).scores for images in decoded(paths, self.input_shape)]
        scores = np.concatenate([np.zeros((0, len(self.classes))), *parts])
        return Prediction.from_scores(scores, self.classes, self.scores)

    def with_prior(self, prior: Prior) -> Ensemble:
        """Every member at another prior; see ``Predictor.with_prior``."""
        return Ensemble([member.with_prior(prior) for member in self.members])

    @classmethod
    def load(cls, report: str | Path, method: str, device: str = "cpu") -> Ensemble:
        """The saved predictors of all finished runs of one method under a comparison's folder.

        Raises:
            CheckpointError: no run of that method has a predictor, or one is damaged.
        """
        runs = Path(report) / "runs"
        folders = sorted(path.parent for path in runs.glob(f"*/*/predictor/{artifact.DESCRIPTION}"))
        chosen = [path for path in folders if path.parent.parent.name == method]
        if not chosen:
            methods = {path.parent.parent.name for path in folders}
            raise CheckpointError(
                f"{report} holds no predictor of '{method}'"
                + (near(method, methods) if methods else " nor of any other method")
            )
        return cls([Predictor.load(path, device) for path in chosen])

    def _mean(self, parts: Sequence[Prediction]) -> Prediction:
        tables = [p.scores if p.probabilities is None else p.probabilities for p in parts]
        mean = np.mean(np.stack(tables), axis=0)
        return Prediction.from_scores(mean, self.classes, self.scores)
