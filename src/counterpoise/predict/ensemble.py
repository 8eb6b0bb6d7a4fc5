"""Several predictors as one: the mean of their probabilities, or of their margins."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from counterpoise.atomic import write_text
from counterpoise.data.size import Resize
from counterpoise.data.tables.columns import Columns
from counterpoise.errors import ArgumentError, CheckpointError, near
from counterpoise.predict import artifact, batches
from counterpoise.predict.described import described
from counterpoise.predict.prediction import Prediction, Prior, check_prior, normalise_rows
from counterpoise.predict.predictor import Predictor
from counterpoise.predict.samples import Samples, raw_samples
from counterpoise.protocols import Scores
from counterpoise.python_words import errors_as_asked
from counterpoise.records import EnsembleRecord

if TYPE_CHECKING:
    from pandas import DataFrame

Mean = Literal["arithmetic", "geometric"]
Floats = npt.NDArray[np.float64]


class Ensemble:
    """Predictors that predict together: the runs of a method's seeds, or several methods.

    Args:
        members: at least one predictor or ensemble; of the same classes, in the same order,
            inputs and kind of scores.
        mean: of probabilities, "arithmetic", or "geometric", by which boosted networks predict:
            the class of the largest sum of logarithms. (Zhu et al. 2009, algorithm 4)
        weights: (M,) share of each member in the mean; equal when left out.
        factors: (M, K) by which each member's probabilities are multiplied first, rows then
            summing to 1 again: what moves each to equal priors of the classes. None when left out.

    Raises:
        ArgumentError: no member, members that differ in these, a geometric mean of margins,
            or weights and factors of another shape, negative, or of margins.
    """

    def __init__(
        self,
        members: Sequence[Predictor | Ensemble],
        *,
        mean: Mean = "arithmetic",
        weights: Sequence[float] | Floats | None = None,
        factors: Sequence[Sequence[float]] | Floats | None = None,
    ) -> None:
        if not members:
            raise ArgumentError("an ensemble has at least one member; got none")
        if mean not in ("arithmetic", "geometric"):
            raise ArgumentError(f'mean is "arithmetic" or "geometric"; got {mean!r}')
        first = members[0]
        for other in members[1:]:
            if first.columns != other.columns:
                raise ArgumentError("members of an ensemble read the same columns of a table")
            for what in ("classes", "scores", "input_shape", "input_dtype", "input_resize"):
                mine, theirs = getattr(first, what), getattr(other, what)
                if mine != theirs:
                    raise ArgumentError(
                        f"members of an ensemble have the same {what}; got {mine} and {theirs}"
                    )
        if mean == "geometric" and first.scores == "margins":
            raise ArgumentError("a geometric mean is one of probabilities; these make margins")
        self.members = tuple(members)
        self.mean: Mean = mean
        num, classes = len(members), len(first.classes)
        self.weights = None if weights is None else _positive("weights", weights, (num,))
        self.factors = None if factors is None else _positive("factors", factors, (num, classes))
        if self.factors is not None and first.scores == "margins":
            raise ArgumentError("factors are of probabilities; these members make margins")
        self.target: Floats | None = None
        self.classes: tuple[str, ...] = first.classes
        self.scores: Scores = first.scores
        self.input_shape: tuple[int, ...] = first.input_shape
        self.input_dtype: str = first.input_dtype
        self.input_resize: Resize = first.input_resize
        self.columns: Columns | None = first.columns

    def __repr__(self) -> str:
        return described(self)

    def predict(self, inputs: Samples | DataFrame) -> Prediction:
        """Predict the class of raw samples (N, ...) or a DataFrame; see ``Predictor.predict``.

        Features of a frozen backbone that all members share are computed once.
        """
        samples = raw_samples(inputs, self.columns, self.input_shape)
        if share_backbone(self.predictors):
            return self.predict_encoded(list(self.predictors[0].encoded(samples)))
        return self._mean([member.predict(samples) for member in self.members])

    def predict_encoded(self, encoded: Sequence[Tensor]) -> Prediction:
        """Predict the class of samples as ``Predictor.encoded`` of any member gives them."""
        return self._mean([member.predict_encoded(encoded) for member in self.members])

    @property
    def predictors(self) -> list[Predictor]:
        """All predictors in it, those of ensembles among its members too."""
        found: list[Predictor] = []
        for member in self.members:
            found += [member] if isinstance(member, Predictor) else member.predictors
        return found

    def predict_files(self, paths: Sequence[str | Path]) -> Prediction:
        """Predict the class of image files; see ``Predictor.predict_files``."""
        with errors_as_asked(known=()):
            return batches.predict_files(self, paths)

    def with_prior(self, prior: Prior) -> Ensemble:
        """The same at another prior; see ``Predictor.with_prior``.

        Members are moved there, or their mean is, where `factors` bring them to equal priors.
        """
        moved = [member.with_prior(prior) for member in self.members]
        if self.factors is None:
            return Ensemble(moved, mean=self.mean, weights=self.weights)
        other = copy.copy(self)
        other.target = check_prior(prior, len(self.classes), "prior")
        return other

    @errors_as_asked(known=())
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
        whole = EnsembleRecord(
            mean=self.mean,
            members=tuple(names),
            weights=None if self.weights is None else tuple(self.weights.tolist()),
            factors=None if self.factors is None else tuple(map(tuple, self.factors.tolist())),
        )
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
        if self.factors is not None:
            pairs = zip(tables, self.factors, strict=True)
            tables = [normalise_rows(table * factor) for table, factor in pairs]
        if self.mean == "geometric" and len(tables) > 1:
            logarithms = np.log(np.clip(np.stack(tables), np.finfo(np.float64).tiny, None))
            mean = np.exp(np.average(logarithms, axis=0, weights=self.weights))
            mean /= mean.sum(axis=1, keepdims=True)
        elif self.weights is None:
            mean = np.mean(np.stack(tables), axis=0)
        else:
            mean = np.average(np.stack(tables), axis=0, weights=self.weights)
        if self.target is not None:
            mean = normalise_rows(mean * self.target)
        return Prediction.from_scores(mean, self.classes, self.scores)


def _positive(
    what: str, values: Sequence[float] | Sequence[Sequence[float]] | Floats, shape: tuple[int, ...]
) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    wrong = found.shape != shape or not np.isfinite(found).all()
    if wrong or (found < 0).any() or not found.any():
        raise ArgumentError(
            f"{what} of an ensemble are numbers from 0, not all 0, of shape {shape}; got {values}"
        )
    return found


def share_backbone(members: Sequence[Predictor]) -> bool:
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
    members = [load(path / name, device) for name in whole.members]
    try:
        return Ensemble(members, mean=whole.mean, weights=whole.weights, factors=whole.factors)
    except ArgumentError as error:
        raise CheckpointError(f"{path / artifact.ENSEMBLE} does not fit: {error}") from error
