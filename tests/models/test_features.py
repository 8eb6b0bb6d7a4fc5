"""Cached features are those of the model, sample by sample, whatever the batches."""

import numpy as np
import pytest
import torch
from torch import Tensor

from counterpoise import models
from counterpoise.errors import ArgumentError


def scaled(batch: Tensor) -> Tensor:
    return batch.float() / 255


@pytest.fixture
def images() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (10, 3, 32, 32), dtype=torch.uint8, generator=generator)


def test_features_are_the_backbones_in_eval_mode(images: Tensor) -> None:
    model = models.create("small-cnn", (3, 32, 32), 4, dropout=0.5)
    model.train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    found = models.extract(model, images.split(4), scaled)
    assert found.shape == (10, 256)
    assert found.dtype == np.float32
    assert np.array_equal(found, models.extract(model, images.split(4), scaled))
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    model.eval()
    with torch.no_grad():
        expected = model.features(scaled(images)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        models.extract(model, images.split(1), scaled), expected, rtol=1e-5, atol=1e-6
    )


def test_a_bare_backbone_gives_the_same_as_its_classifier(images: Tensor) -> None:
    model = models.create("small-cnn", (3, 32, 32), 4)
    found = models.extract(model.backbone, [images], scaled)
    assert np.array_equal(found, models.extract(model, [images], scaled))


def test_frozen_layers_stay_in_their_mode(images: Tensor) -> None:
    model = models.create("small-cnn", (3, 32, 32), 4)
    model.backbone.eval()
    models.extract(model, [images], scaled)
    assert not model.backbone.training
    assert model.head.training


def test_maps_and_nothing_are_refused(images: Tensor) -> None:
    with pytest.raises(ArgumentError, match="vectors"):
        models.extract(models.create("all-cnn", (3, 32, 32), 4), [images], scaled)
    with pytest.raises(ArgumentError, match="no sample"):
        models.extract(models.create("mlp", (4,), 4), [], scaled)
