"""Models of timm without their classifiers, from scratch and from files."""

from pathlib import Path

import pytest
import torch

from counterpoise import models
from counterpoise.errors import ArgumentError

timm = pytest.importorskip("timm", reason="needs counterpoise[timm]")

FAMILIES = {  # a small member of each kind, and a size that it was not registered with
    "resnet10t": 64,
    "mobilenetv3_small_050": 64,  # its features are wider than num_features
    "convnext_atto": 64,
    "vit_tiny_patch16_224": 64,  # built for one size
    "efficientvit_b0": 64,
}


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_makes_vectors_and_scores(name: str) -> None:
    shape = (1, FAMILIES[name], FAMILIES[name])
    with torch.device("meta"):
        model = models.create(f"timm:{name}", shape, 5).eval()
        features = model.features(torch.zeros(2, *shape))
        assert features.ndim == 2
        assert model.classify(features).shape == (2, 5)


@pytest.mark.parametrize(("name", "last"), [("resnet10t", "fc"), ("vit_tiny_patch16_224", "head")])
def test_a_file_of_the_whole_model_fills_the_backbone(name, last, tmp_path: Path) -> None:
    torch.manual_seed(0)
    size = {"img_size": 64} if name.startswith("vit") else {}
    whole = timm.create_model(name, num_classes=7, **size).eval()
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    model = models.create(f"timm:{name}", (3, 64, 64), 7, weights=tmp_path / "whole.pth").eval()
    model.head.load_state_dict(whole.get_submodule(last).state_dict())
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(model(images), whole(images))
    assert model.dropped == (f"{last}.weight", f"{last}.bias")
    assert model.spec.weights["name"] == "whole.pth"


def test_grey_is_three_equal_channels_and_more_make_another_first_layer() -> None:
    torch.manual_seed(0)
    grey = models.create("timm:resnet10t", (1, 64, 64), 5).eval()
    colour = models.create("timm:resnet10t", (3, 64, 64), 5).eval()
    colour.load_state_dict(grey.state_dict())
    images = torch.randn(2, 1, 64, 64)
    assert torch.equal(grey(images), colour(images.repeat(1, 3, 1, 1)))
    many = models.create("timm:resnet10t", (6, 64, 64), 5).eval()
    assert many(torch.zeros(1, 6, 64, 64)).shape == (1, 5)


def test_an_option_reaches_timm_and_the_model_trains() -> None:
    model = models.create("timm:resnet10t", (3, 64, 64), 5, drop_rate=0.5)
    assert model.training
    assert model.backbone.drop_rate == 0.5
    assert models.describe(model).startswith("timm:resnet10t (")


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("resnet10t", (64,), {}, r"takes images \(C, H, W\)"),
        ("resnet10t", (3, 64, 64), {"colour": 1}, "cannot be built with.*colour"),
        ("resnet10t", (3, 64, 64), {"in_chans": 1}, "in_chans follow from the data"),
        ("vit_tiny_patch16_224", (3, 8, 8), {}, "8x8 pixels"),
        ("resnet10t", (3, 64, 64), {"global_pool": ""}, r"not \(2, D\).*global_pool='avg'"),
        ("resnet10t", (3, 64, 64), {"weights": "DEFAULT"}, "no weights named 'DEFAULT'; give a f"),
        ("resnet_10", (3, 64, 64), {}, "no model named 'timm:resnet_10'; did you mean 'timm:"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(name, shape, options, words) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        models.create(f"timm:{name}", shape, 3, **options)
    assert "\n" not in str(caught.value)
