"""Stages of backbones: what `@half` and its like freeze."""

import pytest
import torch

from counterpoise import models
from counterpoise.models.blocks import blocks, first_blocks

IMAGE = (3, 64, 64)


def first(name: str, share: float, depth: int) -> set[str]:
    """Names of the outer modules that are frozen, to a depth."""
    with torch.device("meta"):
        backbone = models.create(name, IMAGE, 3).backbone
    return {".".join(name.split(".")[:depth]) for name in first_blocks(backbone, share)}


@pytest.mark.parametrize(
    "name", ["densenet121", *(f"e-densenet{depth}" for depth in (121, 161, 169, 201))]
)
def test_densenet_goes_with_its_transitions_as_the_paper_has_it(name: str) -> None:
    stem = {"features.conv0", "features.norm0"}
    two = {f"features.{part}{k}" for part in ("denseblock", "transition") for k in (1, 2)}
    three = {f"features.{part}3" for part in ("denseblock", "transition")}
    assert first(name, 0.0, 2) == stem
    assert first(name, 0.5, 2) == stem | two
    assert first(name, 0.75, 2) == stem | two | three


def test_densenet_for_small_images_has_three_blocks() -> None:
    parts = ["conv0", "denseblock1", "transition1", "denseblock2", "transition2"]
    stem, *rest = (f"features.{part}" for part in parts)
    assert first("densenet-cifar", 0.0, 2) == {stem, *rest[:2]}
    assert first("densenet-cifar", 0.5, 2) == {stem, *rest}


def test_resnet_has_two_of_its_four_layers() -> None:
    assert first("resnet18", 0.5, 1) == {"conv1", "bn1", "layer1", "layer2"}


def test_mobilenet_is_cut_where_its_maps_shrink_to_a_sixteenth() -> None:
    assert first("mobilenet_v2", 0.5, 2) == {f"features.{k}" for k in range(7)}


@pytest.mark.parametrize("name", ["small-cnn", "all-cnn", "vgg11", "vit_b_16", "swin_t", "mlp"])
def test_something_is_frozen_and_something_left(name: str) -> None:
    shape = (3, 224, 224) if name == "vit_b_16" else IMAGE
    with torch.device("meta"):
        backbone = models.create(name, shape, 3).backbone
    whole = {name for name, _ in backbone.named_parameters()}
    names = first_blocks(backbone, 0.5)
    frozen = {p for p in whole if any(p == n or p.startswith(f"{n}.") for n in names)}
    assert frozen
    assert whole - frozen


def test_a_model_without_blocks_has_none() -> None:
    assert blocks(models.create("linear", (5,), 3).backbone) == []
    assert first_blocks(models.create("linear", (5,), 3).backbone, 0.5) == []
