"""Which head a model gets, and what it remembers of how it was made."""

import json
from functools import partial

import pytest
import torch
from torch import nn

from counterpoise import models
from counterpoise.errors import CheckpointError
from counterpoise.models.classifier import Classifier, HeadSpec, ModelSpec


class ByName(nn.Linear):
    """A head that takes its sizes by keyword alone."""

    def __init__(self, *, num_features: int, num_classes: int, bias: bool = True) -> None:
        super().__init__(num_features, num_classes, bias=bias)


@pytest.mark.parametrize("name", [*models.NAMES, "shufflenet_v2_x0_5"])
def test_a_given_head_takes_the_features(name: str) -> None:
    shapes = {"linear": (7,), "iwce-quantiles": (7,), "iwce-wisdm": (3, 80)}
    shape = shapes.get(name, (3, 32, 32))
    model = models.create(name, shape, 5, head=partial(ByName, bias=False))
    assert isinstance(model.head, ByName)
    assert model.head.bias is None
    assert model(torch.randn(2, *shape)).shape == (2, 5)
    assert model.spec is not None
    assert model.spec.head == HeadSpec("ByName", {"bias": False})


def test_a_head_may_take_its_sizes_by_position() -> None:
    def head(inputs: int, outputs: int) -> nn.Module:
        return nn.Linear(inputs, outputs, bias=False)

    assert models.create("mlp", (7,), 5, head=head)(torch.randn(2, 7)).shape == (2, 5)


def test_spec_survives_json() -> None:
    model = models.create("mlp", (7,), 5, head=partial(ByName, bias=False), hidden=[4, 3])
    assert model.spec is not None
    stored = json.loads(json.dumps(model.spec.to_dict()))
    assert ModelSpec.from_dict(stored) == model.spec


@pytest.mark.parametrize("key", ["name", "input_shape", "options", "head"])
def test_a_damaged_spec_is_refused(key: str) -> None:
    spec = models.create("mlp", (7,), 5).spec
    assert spec is not None
    values = spec.to_dict()
    del values[key]
    with pytest.raises(CheckpointError, match=key):
        ModelSpec.from_dict(values)


def test_any_two_modules_make_a_classifier() -> None:
    model = Classifier(nn.Flatten(), nn.Linear(4, 2))
    assert {name for name, _ in model.named_parameters()} == {"head.weight", "head.bias"}
    assert models.describe(model) == "Classifier (10 parameters)"
