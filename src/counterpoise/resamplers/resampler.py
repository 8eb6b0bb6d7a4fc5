"""What all resamplers share: any kind of array in, the same kind out; counts; one generator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, TypeGuard, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags

from counterpoise.errors import ArgumentError, DataError
from counterpoise.resamplers.features import Features
from counterpoise.resamplers.image_shape import check_image_shape
from counterpoise.resamplers.problem import Kept, Made, Problem
from counterpoise.resamplers.strategy import Kind, Strategy, targets
from counterpoise.resamplers.tags import remember, tags_of
from counterpoise.resamplers.targets import Targets

RandomState = int | np.random.Generator | np.random.RandomState | None
Inputs = TypeVar("Inputs")
Labels = TypeVar("Labels")
DEFAULT_MEMORY = 2**30


class Resampler(OneToOneFeatureMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A resampler: `fit_resample` is written here once, `_resample` by each member.

    Attributes:
        sampling_strategy_: class -> samples to make (over-sampling) or to keep (under-sampling).
        n_features_in_: D, the features of one flattened sample.
        feature_names_in_: names of the columns, where X is a data frame.
        sample_indices_: (M,) positions of what was kept, where `keeps` is True.
    """

    corrects_prior = True
    kind: ClassVar[Kind] = "over-sampling"
    keeps: ClassVar[bool] = False  # whether every sample that comes out is one that came in
    moves: ClassVar[bool] = False  # whether originals may be changed or left out all the same
    image_sides: ClassVar[tuple[int, int] | None] = (
        None  # of square images, where it takes no other
    )

    sampling_strategy: Strategy
    random_state: RandomState

    @abstractmethod
    def _resample(self, problem: Problem) -> Made | Kept:
        """Points that shall exist, of options that `check` found sound."""

    @abstractmethod
    def _check_options(self) -> None:
        """Raise ArgumentError where an option breaks its rule."""

    def check(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Judge the options, and the shape of one sample where it is known, before there are data.

        Raises:
            ArgumentError: an option breaks its rule.
            DataError: it takes images alone, and not samples of this shape.
        """
        self._check_options()
        if input_shape is not None and self.image_sides is not None:
            check_image_shape(type(self).__name__, input_shape, self.image_sides)

    def fit(self, X: object, y: object) -> Resampler:
        """Check the data and say in `sampling_strategy_` what `fit_resample` would do."""
        self.check()  # before X is read, which takes time where it is large
        self._read(X, y)
        return self

    def fit_resample(self, X: Inputs, y: Labels) -> tuple[Inputs, Labels]:
        """Resample samples X (N, ...) with one class each, y (N,): (M, ...) and (M,).

        Both come back as what they were: array, tensor on its device, list or data frame, of the
        same shape and type.

        Raises:
            DataError: no sample, a value that is not finite, not one class per sample.
            ArgumentError: an option breaks its rule, or the strategy cannot be met.
        """
        self.check()
        features, labels, problem = self._read(X, y)
        answer = self._resample(problem)
        if isinstance(answer, Kept):
            indices = answer.indices.cpu().numpy()
            if self.keeps:
                self.sample_indices_ = indices
            return features.taken(indices), labels.taken(indices)
        return features.restored(answer.points), labels.restored(answer.labels.cpu().numpy())

    def _read(self, X: object, y: object) -> tuple[Features, Targets, Problem]:
        """Data in the form to compute with; sets the fitted attributes."""
        features, labels = Features(X), Targets(y)
        if features.num != labels.num:
            raise DataError(f"one label per sample; got {features.num} and {labels.num}")
        self.check(features.shape)
        classes, counts = labels.classes, labels.counts
        wanted = targets(self.sampling_strategy, self.kind, classes, counts, labels.array)
        before = dict(zip(classes, counts, strict=True))
        problem = Problem(
            points=features.points,
            labels=torch.from_numpy(labels.codes).to(features.points.device),
            counts=tuple(counts),
            targets=tuple(wanted.get(c, n) for c, n in before.items()),
            names=tuple(map(str, classes)),
            random=generator_of(self.random_state),
            shape=features.shape,
        )
        remember(self, X, problem.points.shape[1])
        over = self.kind == "over-sampling"
        self.sampling_strategy_ = {c: n - before[c] if over else n for c, n in wanted.items()}
        return features, labels, problem

    def __sklearn_tags__(self) -> Tags:
        return tags_of(self.keeps)


def generator_of(random_state: RandomState) -> torch.Generator:
    """A generator on the CPU: the same for the same integer, fresh for None.

    A generator of numpy gives one number and so moves on: the next call draws other samples.
    """
    if isinstance(random_state, np.random.RandomState):
        seed = int(random_state.randint(2**31 - 1))
    elif isinstance(random_state, np.random.Generator):
        seed = int(random_state.integers(2**63 - 1))
    elif random_state is None:
        seed = int(np.random.default_rng().integers(2**63 - 1))
    elif _is_seed(random_state):
        state = np.random.SeedSequence(int(random_state)).generate_state(1, np.uint64)
        seed = int(state[0]) >> 1
    else:
        raise ArgumentError(
            "random_state is an integer from 0, a Generator or RandomState of numpy, or None; got "
            f"{random_state!r}"
        )
    return torch.Generator().manual_seed(seed)


def _is_seed(value: object) -> TypeGuard[int | np.integer]:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and int(value) >= 0  # type: ignore[call-overload]


def check_count(name: str, value: int, least: int = 1) -> int:
    """A whole number of at least `least`, or an error that names the option."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(f"{name} is a whole number, at least {least}; got {value!r}")
    return int(value)
