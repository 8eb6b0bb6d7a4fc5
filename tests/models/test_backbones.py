"""The table of published backbones, held to torchvision's and to the files themselves."""

from pathlib import Path

import pytest
import torchvision

from counterpoise.models.backbones import (
    BACKBONES,
    WEIGHTS,
    feature_seconds,
    fine_tune_seconds,
    is_published,
)
from counterpoise.models.catalog import known
from counterpoise.models.weights_files import digest_in

DOWNLOADED = [name for name, backbone in BACKBONES.items() if backbone.url]


@pytest.mark.parametrize("name", BACKBONES)
def test_each_is_a_model_with_a_digest_and_a_source(name: str) -> None:
    backbone = BACKBONES[name]
    assert known(name)
    assert digest_in(backbone.file)
    assert bool(backbone.url) != bool(backbone.module)
    assert backbone.licence
    assert backbone.speed > 0


@pytest.mark.parametrize("name", DOWNLOADED)
def test_addresses_and_sizes_are_torchvisions(name: str) -> None:
    member = torchvision.models.get_model_weights(name)[WEIGHTS]
    assert BACKBONES[name].url == member.url
    megabytes = member.meta["_file_size"] * 2**20 / 1e6
    assert BACKBONES[name].megabytes == pytest.approx(megabytes, abs=0.051)
    transform = member.transforms()
    assert BACKBONES[name].mean == tuple(transform.mean)
    assert BACKBONES[name].std == tuple(transform.std)


def test_a_file_is_at_hand_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    backbone = BACKBONES["mobilenet_v2"]
    assert backbone.at_hand(str(tmp_path)) is None
    (tmp_path / backbone.file).touch()
    assert backbone.at_hand(str(tmp_path)) == tmp_path / backbone.file


def test_the_packaged_file_has_the_size_that_is_listed() -> None:
    backbone = BACKBONES["efficientnet-lite0"]
    path = backbone.at_hand()
    assert path is not None, "the test extra brings it"
    assert path.stat().st_size / 1e6 == pytest.approx(backbone.megabytes, abs=0.05)


def test_published_weights_are_those_by_name_not_a_file_of_them() -> None:
    assert is_published("mobilenet_v2", WEIGHTS)
    assert not is_published("mobilenet_v2", "w.safetensors")
    assert not is_published("mobilenet_v2", None)
    assert not is_published("lenet5", WEIGHTS)


def test_times_are_those_of_the_machine_where_it_is_known() -> None:
    assert feature_seconds("mobilenet_v2", 380, 224 * 224) == 10
    assert feature_seconds("mobilenet_v2", 380, 112 * 112) == 2.5
    assert feature_seconds("small-cnn", 380, 64) is None
    assert fine_tune_seconds(None) == pytest.approx(0.165, abs=0.001)
    assert fine_tune_seconds(0.1) == pytest.approx(0.63)
