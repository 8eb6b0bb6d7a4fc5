"""Names and defaults, without torch."""

import importlib.util
import subprocess
import sys

import pytest
import torch
import torchvision

from counterpoise import models
from counterpoise.errors import ArgumentError
from counterpoise.models import catalog
from counterpoise.models.classifier import FittedHead


def test_names_are_found_without_importing_torch() -> None:
    code = (
        "import sys; from counterpoise import models; models.check('resnet18'); "
        "models.default_for('image', (1, 8, 8)); "
        "sys.exit('torch' in sys.modules or 'torchvision' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_torchvision_names_are_those_that_torchvision_registers() -> None:
    registered = torchvision.models.list_models(module=torchvision.models)
    assert catalog.torchvision_names() == set(registered)
    assert set(catalog.names()) == {*catalog.NAMES, *registered, *catalog.timm_names()}


@pytest.mark.parametrize(
    ("kind", "shape", "name"),
    [
        ("image", (1, 8, 8), "small-cnn"),
        ("image", (1, 28, 28), "lenet5"),
        ("image", (3, 28, 28), "small-cnn"),
        ("image", (3, 32, 32), "small-cnn"),
        ("image", (1, 3, 40), "mlp"),
        ("series", (3, 80), "small-cnn"),
        ("series", (6, 2), "mlp"),
        ("vector", (64,), "mlp"),
        ("features", (1280,), "linear"),
    ],
)
def test_default_suits_the_input(kind: str, shape: tuple[int, ...], name: str) -> None:
    assert catalog.default_for(kind, shape) == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("lenet", "did you mean 'lenet5'"),
        ("allcnn", "did you mean 'all-cnn'"),
        ("mobilnet_v2", "did you mean 'mobilenet_v2'"),
        ("zzzz", "torchvision classification model such as mobilenet_v2"),
        ("fasterrcnn_resnet50_fpn", "no model named"),
    ],
)
def test_unknown_name_is_refused_with_the_near_one(name: str, hint: str) -> None:
    assert not catalog.known(name)
    with pytest.raises(ArgumentError, match=hint):
        catalog.check(name)


def test_timm_names_are_those_that_timm_registers() -> None:
    timm = pytest.importorskip("timm", reason="needs counterpoise[timm]")
    assert catalog.timm_names() == {f"timm:{name}" for name in timm.list_models()}
    assert catalog.check("timm:resnet18") == "timm:resnet18"
    with pytest.raises(ArgumentError, match="did you mean 'timm:resnet18'"):
        catalog.check("timm:resnet18.a1_in1k")  # a tag names weights


def test_without_timm_its_names_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "timm" else find(name)
    )
    with pytest.raises(ArgumentError, match=r"needs timm.*pip install 'counterpoise\[timm\]'"):
        catalog.check("timm:resnet18")


def test_what_an_entry_says_of_its_backbone_is_true() -> None:
    for name, entry in catalog.MODELS.items():
        series = (2, 40) if name == "iwce-wisdm" else (2, 12)
        model = models.create(name, series if name == "iwce-wisdm" else (1, 32, 32), 3)
        learning = list(model.backbone.parameters())
        assert bool(learning) is entry.learns_features, name
        assert isinstance(model.head, FittedHead) is (entry.fitted_by is not None), name
        if entry.needs_images:
            with pytest.raises(ArgumentError, match="image"):
                models.create(name, (12,), 3)
        else:
            assert models.create(name, series, 3)(torch.zeros(2, *series)).shape == (2, 3)


def test_a_fitted_model_is_no_network_to_choose() -> None:
    assert set(catalog.MODELS) - set(catalog.NAMES) == {
        "trees", "hist-gradient-boosting", "logistic-regression",
    }  # fmt: skip
    assert catalog.known("trees")
