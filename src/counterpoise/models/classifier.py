"""The model that everything trains: a backbone that makes features, a head that scores them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, runtime_checkable

from torch import Tensor, nn

from counterpoise.errors import CheckpointError

MOST_KEYS = 8  # that are named one by one


class HeadFactory(Protocol):
    """A head class, a ``functools.partial`` of one, or ``nn.Linear``: sizes in, module out."""

    def __call__(self, *args: Any, **kwargs: Any) -> nn.Module: ...


@runtime_checkable
class FittedHead(Protocol):
    """A head without gradients: it takes over an estimator that scikit-learn fitted."""

    def estimator(self, seed: int) -> Any:
        """An estimator, not yet fitted."""
        ...

    def fill(self, fitted: Any) -> None:
        """Score as this fitted estimator does."""
        ...


@dataclass(frozen=True)
class HeadSpec:
    """How a head was made: a class name of ``counterpoise.heads`` and its settings."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelSpec:
    """How a classifier was made; enough to make it again before its weights are loaded.

    Args:
        name: name in the catalogue.
        input_shape: shape of one sample, without the batch.
        num_classes: K.
        options: the settings of the model, as given.
        head: the head that replaced the model's own, or None.
        weights: identity of the weights it started from (``name``, ``sha256``), or None.
    """

    name: str
    input_shape: tuple[int, ...]
    num_classes: int
    options: Mapping[str, Any] = field(default_factory=dict)
    head: HeadSpec | None = None
    weights: Mapping[str, str] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"input_shape": list(self.input_shape)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelSpec:
        """Inverse of `to_dict`.

        Raises:
            CheckpointError: a key is missing or of the wrong kind.
        """
        try:
            head, weights = values["head"], values["weights"]
            return cls(
                name=str(values["name"]),
                input_shape=tuple(int(size) for size in values["input_shape"]),
                num_classes=int(values["num_classes"]),
                options=dict(values["options"]),
                head=None if head is None else HeadSpec(str(head["name"]), dict(head["options"])),
                weights=None if weights is None else dict(weights),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"damaged description of a model: {error!r}") from error


class Classifier(nn.Module):
    """Backbone and head in a row; parameter names start with ``backbone.`` or ``head.``.

    Args:
        backbone: (B, ...) inputs to features, (B, D) unless its own head pools.
        head: features to scores (B, K).
        output_parameters: globs over parameter names, the output layers; what the second phase
            of two-phase training tunes.
        spec: how it was made, when ``models.create`` made it; a saved predictor needs it.
        dropped: keys of a weights file that were not loaded, always those of its classifier.

    >>> import torch
    >>> Classifier(nn.Flatten(), nn.Linear(4, 2))(torch.zeros(3, 2, 2)).shape
    torch.Size([3, 2])
    """

    def __init__(
        self,
        backbone: nn.Module,
        head: nn.Module,
        *,
        output_parameters: tuple[str, ...] = ("head.*",),
        spec: ModelSpec | None = None,
        dropped: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head
        self.output_parameters = output_parameters
        self.spec = spec
        self.dropped = dropped

    def features(self, inputs: Tensor) -> Tensor:
        """Inputs (B, ...) -> features, (B, D) unless the head pools maps itself."""
        features: Tensor = self.backbone(inputs)
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Features -> scores (B, K)."""
        scores: Tensor = self.head(features)
        return scores

    def forward(self, inputs: Tensor) -> Tensor:
        return self.classify(self.features(inputs))


def left_out(model: Classifier) -> str:
    """A line on what of a weights file was not loaded; empty where all of it was.

    >>> model = Classifier(nn.Flatten(), nn.Linear(4, 2), dropped=("fc.weight", "fc.bias"))
    >>> left_out(model)
    'weights: left out fc.weight, fc.bias (a new head takes their place)'
    """
    if not model.dropped:
        return ""
    name = f"{model.spec.name} " if model.spec is not None else ""
    keys = ", ".join(model.dropped[:MOST_KEYS])
    more = len(model.dropped) - MOST_KEYS
    keys += f" and {more} more" if more > 0 else ""
    return f"{name}weights: left out {keys} (a new head takes their place)"


def make_head(factory: HeadFactory, num_features: int, num_classes: int) -> nn.Module:
    """Call a head factory, by name when it has a parameter `num_features`, else by position."""
    if "num_features" in inspect.signature(factory).parameters:
        return factory(num_features=num_features, num_classes=num_classes)
    return factory(num_features, num_classes)


def spec_of_head(factory: HeadFactory) -> HeadSpec:
    """Name and settings of a head class or of a ``functools.partial`` of one.

    Settings cannot be read out of any other callable: it is named after itself, and a saved
    model with such a head cannot be made again.
    """
    if isinstance(factory, functools.partial):
        return HeadSpec(getattr(factory.func, "__name__", "?"), dict(factory.keywords))
    return HeadSpec(getattr(factory, "__name__", type(factory).__name__))
