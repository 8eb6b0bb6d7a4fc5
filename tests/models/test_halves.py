"""Both halves of a backbone make what it makes, and BatchNorm of the last stays put."""

import pytest
import torch

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models.halves import halves, place_to_cut
from counterpoise.train.freeze import train_mode

SHAPE = (3, 64, 64)


def small(**options: object) -> models.Classifier:
    return models.create("mobilenet_v2", SHAPE, 2, width_mult=0.1, **options)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_the_halves_are_the_whole(name: str) -> None:
    whole = models.create(name, SHAPE, 2).eval()
    first, last = halves(whole.backbone, place_to_cut(whole.backbone, name), name)
    images = torch.randn(2, *SHAPE)
    with torch.inference_mode():
        assert torch.equal(last.eval()(first.eval()(images)), whole.features(images))
    keys = [*first.state_dict(), *last.state_dict()]
    assert sorted(keys) == sorted(whole.backbone.state_dict())


def test_the_cut_is_where_maps_are_smallest_about_the_middle() -> None:
    whole = models.create("mobilenet_v2", (3, 224, 224), 2)
    assert place_to_cut(whole.backbone, "mobilenet_v2") == "features.10"


def test_statistics_stay_while_parameters_learn() -> None:
    model = models.create("last-half:mobilenet_v2", (8, 4, 4), 3, width_mult=0.1)
    train_mode(model)
    maps = torch.randn(4, 8, 4, 4)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model(maps).sum().backward()
    norm = model.backbone.get_submodule("features.18.1")
    assert norm.weight.grad is not None
    assert norm.weight.requires_grad
    after = model.state_dict()
    assert all(torch.equal(value, after[key]) for key, value in before.items())


def test_a_half_is_made_again_by_its_description() -> None:
    made = models.create("last-half:mobilenet_v2", (8, 4, 4), 3, width_mult=0.1)
    assert made.spec is not None
    assert made.spec.options == {"width_mult": 0.1, "cut": "features.4"}
    again = models.create(made.spec.name, (8, 4, 4), 3, **made.spec.options)
    again.load_state_dict(made.state_dict())


def test_what_cannot_be_cut_says_so() -> None:
    with pytest.raises(ArgumentError, match="vit_b_16 cannot be cut in two: no block about the mi"):
        models.create("first-half:vit_b_16", (3, 224, 224), 2)
    whole = small()
    with pytest.raises(ArgumentError, match=r"cannot be cut behind 'features\.99'"):
        halves(whole.backbone, "features.99", "mobilenet_v2")
