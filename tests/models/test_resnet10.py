"""ResNet-10: the published number of parameters, its sizes, and what it refuses."""

import pytest
import torch

from counterpoise import models
from counterpoise.errors import ArgumentError


def test_it_has_the_published_number_of_parameters() -> None:
    model = models.create("resnet10", (3, 224, 224), 1000)
    assert models.describe(model) == "resnet10 (5 417 070 parameters)"


def test_pooling_rounds_up_as_caffe_does() -> None:
    backbone = models.create("resnet10", (3, 224, 224), 2).backbone
    stem = backbone.stem(torch.zeros(1, 3, 224, 224))
    assert stem.shape[-2:] == (112, 112)
    assert backbone.pool(stem).shape[-2:] == (56, 56)


def test_only_the_first_convolution_has_a_bias() -> None:
    backbone = models.create("resnet10", (3, 64, 64), 2).backbone
    convolutions = [m for m in backbone.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [c.bias is not None for c in convolutions] == [True] + [False] * 11


def test_it_learns_on_small_images_too() -> None:
    model = models.create("resnet10", (1, 32, 32), 3)
    model(torch.randn(4, 1, 32, 32)).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_too_small_images_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"at least 32x32 pixels; got shape \(3, 28, 28\)"):
        models.create("resnet10", (3, 28, 28), 2)


def test_its_head_begins_as_its_convolutions_do() -> None:
    """MSRA's filler: variance 2 / fan_in, and biases of 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = models.create("resnet10", (3, 64, 64), 1000).head
    assert isinstance(head, torch.nn.Linear)
    assert float(head.weight.detach().var()) == pytest.approx(2 / 512, rel=0.01)
    assert not head.bias.any()
