"""Parts of a saved predictor: what has to be known of them, and how they are made again."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from counterpoise import heads, posthoc
from counterpoise.devices import require_device_name
from counterpoise.errors import ArgumentError, CheckpointError, DeviceError
from counterpoise.models.assemble import create
from counterpoise.models.classifier import Classifier, HeadFactory, HeadSpec, ModelSpec
from counterpoise.protocols import Posthoc
from counterpoise.records import PosthocPart


class _Restorable(Protocol):
    def from_state_dict(self, state: Mapping[str, Any]) -> Posthoc: ...


def require_device(name: str) -> torch.device:
    """The device of that name, if it is there; "auto" is CUDA where torch finds it, else CPU."""
    found = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if require_device_name(name) == "auto":
        return torch.device("cuda" if found else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and found <= (device.index or 0):
        raise DeviceError(
            f"device '{name}' was asked for; torch finds {found} CUDA devices (use cpu)"
        )
    return device


def settled(
    classifier: Classifier, device: torch.device, dtype: torch.dtype = torch.float32
) -> Classifier:
    """A copy that only predicts, in the one memory layout whose sums do not move."""
    mine = copy.deepcopy(classifier).eval().requires_grad_(False).to(dtype)
    return mine.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def laid_out(values: Tensor) -> Tensor:
    """Images in the layout of the weights."""
    return values.contiguous(memory_format=torch.channels_last) if values.ndim == 4 else values


def spec_of(classifier: Classifier) -> ModelSpec:
    """How a classifier is made again, when that is known.

    Raises:
        ArgumentError: ``models.create`` did not make it, or its head is none of ours.
    """
    if classifier.spec is None:
        raise ArgumentError(
            "only a classifier that models.create made can be saved: this one does not say how to "
            "make it again"
        )
    if classifier.spec.head is not None:
        _head(classifier.spec.head, ArgumentError)
    return classifier.spec


def _head(spec: HeadSpec, error: type[ArgumentError] | type[CheckpointError]) -> HeadFactory:
    if spec.name not in heads.__all__:
        raise error(
            f"the head '{spec.name}' is none of counterpoise.heads ({', '.join(heads.__all__)}); "
            "create the model with such a class, or functools.partial of one"
        )
    return functools.partial(getattr(heads, spec.name), **spec.options)


def classifier_of(
    values: Mapping[str, Any], tensors: Mapping[str, Tensor], *, whole: bool
) -> Classifier:
    """Make the described classifier and fill it; `whole` says that the head is among `tensors`."""
    spec = ModelSpec.from_dict(values)
    head = None if spec.head is None or not whole else _head(spec.head, CheckpointError)
    with torch.random.fork_rng(devices=[]):
        classifier = create(
            spec.name, spec.input_shape, spec.num_classes, head=head, **spec.options
        )
    if whole:
        classifier.load_state_dict(tensors)
    else:
        own = {key.removeprefix("backbone."): value for key, value in tensors.items()}
        classifier.backbone.load_state_dict(own)
    classifier.spec = spec
    return classifier


def posthoc_of(name: str, state: Mapping[str, Any]) -> Posthoc:
    """A fitted decision rule from its name and state."""
    if name not in posthoc.__all__:
        raise CheckpointError(f"this version has no posthoc '{name}'; it was saved by another")
    kind: _Restorable = getattr(posthoc, name)
    return kind.from_state_dict(state)


def described(rules: Sequence[Posthoc]) -> tuple[PosthocPart, ...]:
    """Name and state of fitted decision rules, which `posthoc_of` makes again."""
    return tuple(PosthocPart(name=type(rule).__name__, state=rule.state_dict()) for rule in rules)
