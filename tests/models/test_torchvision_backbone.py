"""Every torchvision family, cut before its last layer."""

import copy
from pathlib import Path

import pytest
import torch
import torchvision
from torch import nn

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models.catalog import torchvision_names

FAMILIES = {  # a small member of each family, and a small size that it takes
    "alexnet": 64,
    "convnext_tiny": 32,
    "densenet121": 32,
    "efficientnet_b0": 32,
    "efficientnet_v2_s": 32,
    "googlenet": 32,
    "inception_v3": 96,
    "maxvit_t": 224,
    "mnasnet0_5": 32,
    "mobilenet_v2": 32,
    "mobilenet_v3_small": 32,
    "regnet_y_400mf": 32,
    "resnet18": 32,
    "resnext50_32x4d": 32,
    "shufflenet_v2_x0_5": 32,
    "squeezenet1_1": 32,
    "swin_t": 32,
    "swin_v2_t": 32,
    "vgg11_bn": 32,
    "vit_b_32": 32,
    "wide_resnet50_2": 32,
}
NEEDS_VALUES = "regnet"  # its constructor computes with tensors


@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_makes_vectors_and_scores(name: str) -> None:
    shape = (1, FAMILIES[name], FAMILIES[name])
    device = "cpu" if name.startswith(NEEDS_VALUES) else "meta"
    with torch.device(device):
        model = models.create(name, shape, 5).eval()
        features = model.features(torch.zeros(2, *shape))
        assert features.ndim == 2
        assert model.classify(features).shape == (2, 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(torchvision_names()))
def test_every_torchvision_model_can_be_cut(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    side = {"vit_h_14": 14}.get(name, 224 if name == "maxvit_t" else 96)
    if name.startswith(NEEDS_VALUES):  # memory that is never written costs nothing
        for fill in ("kaiming_uniform_", "normal_", "uniform_", "zeros_", "ones_"):
            monkeypatch.setattr(torch.nn.init, fill, lambda tensor, *given, **named: tensor)
    with torch.device("cpu" if name.startswith(NEEDS_VALUES) else "meta"):
        model = models.create(name, (3, side, side), 5).eval()
    assert model.to("meta")(torch.zeros(2, 3, side, side, device="meta")).shape == (2, 5)


@pytest.mark.parametrize(
    ("name", "last", "side"),
    [
        ("resnet18", "fc", 32),
        ("mobilenet_v2", "classifier.1", 32),
        ("densenet121", "classifier", 32),
        ("shufflenet_v2_x0_5", "fc", 32),
        ("googlenet", "fc", 32),
        ("swin_t", "head", 32),
    ],
)
def test_the_cut_layer_on_the_features_gives_torchvisions_scores(
    name: str, last: str, side: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    extra = {"init_weights": True} if name == "googlenet" else {}
    whole = torchvision.models.get_model(name, weights=None, num_classes=7, **extra).eval()
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    options = {"transform_input": False} if name == "googlenet" else {}
    model = models.create(
        name, (3, side, side), 7, head=None, weights=tmp_path / "whole.pth", **options
    ).eval()
    model.head.load_state_dict(whole.get_submodule(last).state_dict())
    images = torch.randn(2, 3, side, side)
    assert torch.equal(model(images), whole(images))
    assert {key.removesuffix(".weight").removesuffix(".bias") for key in model.dropped} >= {last}


def test_squeezenets_features_are_what_its_last_convolution_reads_averaged() -> None:
    torch.manual_seed(0)
    model = models.create("squeezenet1_1", (3, 64, 64), 5).eval()
    images = torch.randn(2, 3, 64, 64)
    maps = model.backbone.features(images)
    torch.testing.assert_close(model.features(images), maps.mean((2, 3)))


def test_a_grey_image_is_three_equal_channels() -> None:
    torch.manual_seed(0)
    grey = models.create("resnet18", (1, 32, 32), 5).eval()
    colour = models.create("resnet18", (3, 32, 32), 5).eval()
    colour.load_state_dict(grey.state_dict())
    images = torch.randn(2, 1, 32, 32)
    assert torch.equal(grey(images), colour(images.repeat(1, 3, 1, 1)))


def test_a_model_is_handed_over_in_training_mode() -> None:
    model = models.create("mobilenet_v2", (3, 32, 32), 5)
    assert all(module.training for module in model.modules())


def test_an_option_reaches_the_constructor() -> None:
    model = models.create("mobilenet_v2", (3, 32, 32), 5, width_mult=0.5)
    plain = models.create("mobilenet_v2", (3, 32, 32), 5)
    assert sum(p.numel() for p in model.parameters()) < sum(p.numel() for p in plain.parameters())


@pytest.mark.parametrize(
    ("name", "shape", "options", "words"),
    [
        ("resnet18", (2, 32, 32), {}, "1 or 3 channels"),
        ("resnet18", (32,), {}, "1 or 3 channels"),
        ("squeezenet1_1", (3, 8, 8), {}, "does not take images of 8x8.*larger"),
        ("vit_b_32", (3, 32, 64), {}, "square"),
        ("vit_b_32", (3, 40, 40), {}, "40"),
        ("maxvit_t", (3, 64, 64), {}, r"\(64, 64\)"),
        ("mobilenet_v2", (3, 32, 32), {"width_mul": 1}, "did you mean 'width_mult'"),
        ("resnet18", (3, 32, 32), {"colour": 1, "size": 2}, "'colour'.*'size'"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(
    name: str, shape: tuple[int, ...], options: dict[str, object], words: str
) -> None:
    with pytest.raises(ArgumentError, match=words) as caught:
        models.create(name, shape, 3, head=None, weights=None, data_root=None, **options)
    assert "\n" not in str(caught.value)


def test_copies_keep_the_grey_rule() -> None:
    model = copy.deepcopy(models.create("shufflenet_v2_x0_5", (1, 32, 32), 3)).eval()
    assert isinstance(model.head, nn.Linear)
    assert model(torch.zeros(1, 1, 32, 32)).shape == (1, 3)
