"""Any resampler of imbalanced-learn, by name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags

from counterpoise.errors import ArgumentError, DataError, near
from counterpoise.resamplers.features import Features
from counterpoise.resamplers.resampler import RandomState, generator_of
from counterpoise.resamplers.strategy import Kind, Label, Strategy, near_label
from counterpoise.resamplers.tags import remember, tags_of
from counterpoise.resamplers.targets import Targets

Inputs = TypeVar("Inputs")
Labels = TypeVar("Labels")
FOLDERS = ("over_sampling", "under_sampling", "combine")


class ImbalancedLearn(OneToOneFeatureMixin, BaseEstimator):  # type: ignore[misc]
    """Run a resampler of imbalanced-learn on any kind of array, images too.

    Samples are flattened and computed on the CPU; memory and time are those of imbalanced-learn,
    which this package installs for nobody.

    Args:
        name: of a class in `imblearn.over_sampling`, `.under_sampling` or `.combine`, such as
            "ADASYN"; "imblearn:ADASYN" means the same.
        sampling_strategy: as its documentation says; cleaning methods take a list of classes.
        random_state: integer, generator of numpy, or None; not used where there is no chance.
        options: its other arguments, by name.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,).

    Raises:
        ArgumentError: imbalanced-learn is not installed, or has no such class or option.

    Reference: Lemaitre, Nogueira and Aridas 2017

    >>> import numpy as np
    >>> X, y = np.arange(12.0).reshape(6, 1, 1, 2), np.array([0, 0, 0, 0, 1, 1])
    >>> points, labels = ImbalancedLearn(name="RandomOverSampler").fit_resample(X, y)
    >>> points.shape, labels.tolist()
    ((8, 1, 1, 2), [0, 0, 0, 0, 1, 1, 1, 1])
    """

    prefix = "imblearn:"  # before the name of a class, in recipes
    package = "imbalanced-learn"
    corrects_prior = True
    kind: ClassVar[Kind] = "over-sampling"  # of the default
    keeps: ClassVar[bool] = False
    moves: ClassVar[bool] = False

    def __init__(
        self,
        *,
        name: str = "ADASYN",
        sampling_strategy: Strategy | Sequence[Label] = "auto",
        random_state: RandomState = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        self.name = name
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.options = options

    def check(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Judge name and options before there are data; samples of any shape are taken.

        Raises:
            ArgumentError: imbalanced-learn is not installed, or has no such class or option.
        """
        self._sampler()

    def fit(self, X: object, y: object) -> ImbalancedLearn:
        """Set the fitted attributes; nothing is kept for later."""
        self.fit_resample(X, y)
        return self

    def fit_resample(self, X: Inputs, y: Labels) -> tuple[Inputs, Labels]:
        """Resample samples X (N, ...) with one class each, y (N,); both come back as they were.

        Raises:
            DataError: no sample, a value that is not finite, not one class per sample.
        """
        sampler = self._sampler()
        features, labels = Features(X), Targets(y)
        if features.num != labels.num:
            raise DataError(f"one label per sample; got {features.num} and {labels.num}")
        if len(labels.classes) < 2:
            raise ArgumentError(
                f"resampling needs at least two classes; got the one class {labels.classes[0]!r}"
            )
        self._check_classes(labels.classes)
        try:
            points, made = sampler.fit_resample(features.points.cpu().numpy(), labels.array)
        except (ValueError, RuntimeError) as error:
            raise DataError(f"{self.name} of imbalanced-learn refuses: {error}") from error
        remember(self, X, features.points.shape[1])
        self.sampling_strategy_ = getattr(sampler, "sampling_strategy_", {})
        self.__dict__.pop("sample_indices_", None)
        if hasattr(sampler, "sample_indices_"):
            self.sample_indices_ = sampler.sample_indices_
        moved = torch.from_numpy(np.ascontiguousarray(points)).to(features.points.device)
        codes = np.searchsorted(np.asarray(labels.classes), made)
        return features.restored(moved), labels.restored(codes)

    def _check_classes(self, classes: list[Label]) -> None:
        """Refuse a dict or list of classes that names one without a sample."""
        if not isinstance(self.sampling_strategy, Mapping | list | tuple):
            return
        unknown = [label for label in self.sampling_strategy if label not in classes]
        if unknown:
            faults = [
                f"class {label!r} has no sample{near_label(label, classes)}" for label in unknown
            ]
            raise ArgumentError(f"{self.name} cannot meet sampling_strategy: {'; '.join(faults)}")

    def _sampler(self) -> Any:
        """The resampler of imbalanced-learn that is meant."""
        found = _known().get(self.name.removeprefix(self.prefix))
        if found is None:
            names = _known()
            raise ArgumentError(
                f"imbalanced-learn has no resampler {self.name!r}"
                + near(self.name.removeprefix(self.prefix), names)
            )
        options: dict[str, object] = dict(self.options or {})
        allowed = inspect.signature(found).parameters
        wrong = [name for name in options if name not in allowed]
        if wrong:
            raise ArgumentError(f"{self.name} has no option {wrong[0]!r}{near(wrong[0], allowed)}")
        needed = [n for n, p in allowed.items() if p.default is p.empty and n not in options]
        if needed:
            raise ArgumentError(f"{self.name} needs the option {needed[0]!r} (give it in options)")
        if "random_state" in allowed:
            seed = generator_of(self.random_state).initial_seed() % 2**32
            options = {"random_state": seed, **options}
        return found(**{"sampling_strategy": self.sampling_strategy, **options})

    def __sklearn_tags__(self) -> Tags:
        return tags_of(self.keeps)


def _known() -> dict[str, Any]:
    """Every resampler of imbalanced-learn by its name."""
    try:
        folders = [importlib.import_module(f"imblearn.{folder}") for folder in FOLDERS]
    except ImportError as error:
        raise ArgumentError(
            "resamplers of imbalanced-learn need it installed: pip install imbalanced-learn"
        ) from error
    return {name: getattr(folder, name) for folder in folders for name in folder.__all__}
