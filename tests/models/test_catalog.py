"""Names and defaults, without torch."""

import subprocess
import sys

import pytest
import torchvision

from counterpoise.errors import ArgumentError
from counterpoise.models import catalog


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
    monkeypatch.setattr(catalog, "timm_names", frozenset)
    assert not catalog.known("timm:resnet18")
    with pytest.raises(ArgumentError, match=r"needs timm.*pip install 'counterpoise\[timm\]'"):
        catalog.check("timm:resnet18")
