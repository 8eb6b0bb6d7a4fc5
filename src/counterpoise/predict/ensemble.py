"""Several predictors as one: the mean of their probabilities, or of their margins."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from counterpoise.atomic import write_text
from counterpoise.errors import ArgumentError, CheckpointError, near
from counterpoise.predict import artifact
from counterpoise.predict.batches import decoded
from counterpoise.predict.prediction import Prediction, Prior
from counterpoise.predict.predictor import Predictor
from counterpoise.protocols import Scores
from counterpoise.records import EnsembleRecord

Mean = Literal["arithmetic", "geometric"]


class Ensemble:
    """Predictors of one method, such as the runs of its seeds, that predict together.

    Args:
        members: at least one predictor or ensemble; of the same classes, in the same order,
            inputs and kind of scores.
        mean: of probabilities, "arithmetic", or "geometric", by which boosted networks predict:
            the class of the largest sum of logarithms. (Zhu et al. 2009, algorithm 4)

    Raises:
        ArgumentError: no member, members that differ in these, or a geometric mean of margins.
    """

    def __init__(
        self, members: Sequence[Predictor | Ensemble], *, mean: Mean = "arithmetic"
    ) -> None:
        if not members:
            raise ArgumentError("an ensemble has at least one member; got none")
        if mean not in ("arithmetic", "geometric"):
            raise ArgumentError(f'mean is "arithmetic" or "geometric"; got {mean!r}')
        first = members[0]
        for other in members[1:]:
            for what in ("classes", "scores", "input_shape", "input_dtype"):
                mine, theirs = getattr(first, what), getattr(other, what)
                if mine != theirs:
                    raise ArgumentError(
                        f"members of an ensemble have the same {what}; got {mine} and {theirs}"
                    )
        if mean == "geometric" and first.scores == "margins":
            raise ArgumentError("a geometric mean is one of probabilities; these make margins")
        self.members = tuple(members)
        self.mean: Mean = mean
        self.classes: tuple[str, ...] = first.classes
        self.scores: Scores = first.scores
        self.input_shape: tuple[int, ...] = first.input_shape
        self.input_dtype: str = first.input_dtype

    def predict(self, inputs: npt.NDArray[np.generic] | Tensor) -> Prediction:
        """Predict the class of raw samples (N, ...); see ``Predictor.predict``.

        Features of a frozen backbone that all members share are computed once.
        """
        ones = [member for member in self.members if isinstance(member, Predictor)]
        if len(ones) == len(self.members) and _share_backbone(ones):
            features = list(ones[0].encoded(inputs))
            return self._mean([member.predict_encoded(features) for member in ones])
        return self._mean([member.predict(inputs) for member in self.members])

    def predict_files(self, paths: Sequence[str | Path]) -> Prediction:
        """Predict the class of image files; see ``Predictor.predict_files``."""
        files = decoded(paths, self.input_shape, self.input_dtype)
        parts = [self.predict(images).scores for images in files]
        scores = np.concatenate([np.zeros((0, len(self.classes))), *parts])
        return Prediction.from_scores(scores, self.classes, self.scores)

    def with_prior(self, prior: Prior) -> Ensemble:
        """Every member at another prior; see ``Predictor.with_prior``."""
        return Ensemble([member.with_prior(prior) for member in self.members], mean=self.mean)

    def save(self, folder: str | Path, *, shelf: Path | None = None) -> None:
        """Write every member into a folder of its own; `predict.load` reads it back.

        `shelf` is where members share a frozen backbone; see ``Predictor.save``.

        Raises:
            ArgumentError: a member cannot be saved; see ``Predictor.save``.
            OutputError: the folder cannot be written.
        """
        path = Path(folder)
        names = [f"member-{number}" for number in range(1, len(self.members) + 1)]
        for name, member in zip(names, self.members, strict=True):
            member.save(path / name, shelf=shelf)
        whole = EnsembleRecord(mean=self.mean, members=tuple(names))
        write_text(path / artifact.ENSEMBLE, whole.text())

    @classmethod
    def load(cls, report: str | Path, method: str, device: str = "cpu") -> Ensemble:
        """The saved predictors of all finished runs of one method under a comparison's folder.

        Raises:
            CheckpointError: no run of that method has a predictor, or one is damaged.
        """
        runs = Path(report) / "runs"
        saved = (runs.glob(f"*/*/predictor/{name}") for name in artifact.SAVED)
        folders = sorted(path.parent for paths in saved for path in paths)
        chosen = [path for path in folders if path.parent.parent.name == method]
        if not chosen:
            methods = {path.parent.parent.name for path in folders}
            raise CheckpointError(
                f"{report} holds no predictor of '{method}'"
                + (near(method, methods) if methods else " nor of any other method")
            )
        return cls([load(path, device) for path in chosen])

    def _mean(self, parts: Sequence[Prediction]) -> Prediction:
        tables = [p.scores if p.probabilities is None else p.probabilities for p in parts]
        if self.mean == "geometric" and len(tables) > 1:
            logarithms = np.log(np.clip(np.stack(tables), np.finfo(np.float64).tiny, None))
            mean = np.exp(logarithms.mean(axis=0))
            mean /= mean.sum(axis=1, keepdims=True)
        else:
            mean = np.mean(np.stack(tables), axis=0)
        return Prediction.from_scores(mean, self.classes, self.scores)


def _share_backbone(members: Sequence[Predictor]) -> bool:
    """Whether features of one member are those of all, to the last bit."""
    first = members[0]
    if first.frozen is None or not first.frozen.sha256:
        return False
    mine = (first.frozen.sha256, first.frozen.preprocess, first.device)
    return all(
        one.frozen is not None and (one.frozen.sha256, one.frozen.preprocess, one.device) == mine
        for one in members
    )


def load(folder: str | Path, device: str = "cpu") -> Predictor | Ensemble:
    """Read what ``Predictor.save`` or ``Ensemble.save`` wrote.

    Raises:
        CheckpointError: neither, damaged, or of a newer version.
        DeviceError: the device is not there.
    """
    path = Path(folder)
    if not (path / artifact.ENSEMBLE).is_file():
        return Predictor.load(path, device)
    whole = artifact.read_ensemble(path)
    return Ensemble([load(path / name, device) for name in whole.members], mean=whole.mean)
