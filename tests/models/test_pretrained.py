"""Pretrained weights: where they are found, what is dropped, what is refused."""

import hashlib
import os
import urllib.error
import urllib.request
from collections import OrderedDict
from pathlib import Path

import pytest
import safetensors.torch
import torch
import torchvision

from counterpoise import models
from counterpoise.errors import ArgumentError, CheckpointError, DataError
from counterpoise.models import weights_files
from counterpoise.models.pretrained import load_head

SHAPE = (3, 32, 32)


@pytest.fixture(autouse=True)
def nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """No torch hub, no network, no data root, but for tests that read real data."""

    def refuse(*ignored: object, **also: object) -> None:
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    if request.node.get_closest_marker("data") is None:
        monkeypatch.setenv("COUNTERPOISE_DATA", str(tmp_path / "data"))
        monkeypatch.setattr(urllib.request, "urlopen", refuse)


@pytest.fixture
def state() -> OrderedDict[str, torch.Tensor]:
    torch.manual_seed(3)
    return torchvision.models.shufflenet_v2_x0_5(num_classes=4).state_dict()


def test_a_file_fills_the_backbone_and_drops_the_classifier(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(state, tmp_path / "w.pth")
    model = models.create("shufflenet_v2_x0_5", SHAPE, 9, weights=tmp_path / "w.pth")
    assert model.dropped == ("fc.weight", "fc.bias")
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, state[key]), key
    assert model.spec is not None
    assert model.spec.weights == {
        "name": "w.pth",
        "sha256": hashlib.sha256((tmp_path / "w.pth").read_bytes()).hexdigest(),
    }


@pytest.mark.parametrize("wrapper", ["state_dict", "model", None])
def test_safetensors_and_wrapped_files_are_read(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path, wrapper: str | None
) -> None:
    if wrapper is None:
        path = tmp_path / "w.safetensors"
        safetensors.torch.save_file(dict(state), path)
    else:
        path = tmp_path / "w.pth"
        torch.save({wrapper: state, "epoch": 3}, path)
    model = models.create("shufflenet_v2_x0_5", SHAPE, 9, weights=str(path))
    assert torch.equal(model.backbone.conv1[0].weight, state["conv1.0.weight"])


def test_a_head_is_gone_on_with(tmp_path: Path) -> None:
    source = models.create("small-cnn", (1, 8, 8), 3)
    torch.save(source.state_dict(), tmp_path / "w.pth")
    model = models.create("small-cnn", (1, 8, 8), 3, weights=tmp_path / "w.pth")
    assert not torch.equal(model.head.weight, source.head.weight)
    load_head(model, str(tmp_path / "w.pth"))
    assert torch.equal(model.head.weight, source.head.weight)
    assert model.dropped == ()


def test_a_head_of_other_classes_or_of_no_classifier_is_refused(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(models.create("small-cnn", (1, 8, 8), 4).state_dict(), tmp_path / "w.pth")
    model = models.create("small-cnn", (1, 8, 8), 3, weights=tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match=r"the head of .* of another shape"):
        load_head(model, str(tmp_path / "w.pth"))
    torch.save(state, tmp_path / "theirs.pth")
    with pytest.raises(CheckpointError, match="holds no head: keep_head is for"):
        load_head(model, str(tmp_path / "theirs.pth"))


def test_our_own_model_starts_from_another_classifiers_backbone(tmp_path: Path) -> None:
    source = models.create("small-cnn", (1, 8, 8), 10)
    torch.save(source.state_dict(), tmp_path / "w.pth")
    model = models.create("small-cnn", (1, 8, 8), 3, weights=tmp_path / "w.pth")
    assert model.dropped == ("head.weight", "head.bias")
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, source.backbone.state_dict()[key])


def test_densenet_files_with_the_old_names_are_read(tmp_path: Path) -> None:
    torch.manual_seed(0)
    state = torchvision.models.densenet121().state_dict()
    old = OrderedDict(
        (key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."), value)
        for key, value in state.items()
        if "num_batches_tracked" not in key
    )
    assert old.keys() != state.keys()
    torch.save(old, tmp_path / "old.pth")
    model = models.create("densenet121", SHAPE, 4, weights=tmp_path / "old.pth")
    for key, value in model.backbone.state_dict().items():
        assert torch.equal(value, state[key]), key


def test_auxiliary_classifiers_are_dropped_and_the_input_scale_restored(tmp_path: Path) -> None:
    whole = torchvision.models.googlenet(aux_logits=True, init_weights=False, num_classes=4)
    torch.save(whole.state_dict(), tmp_path / "w.pth")
    model = models.create("googlenet", SHAPE, 4, weights=tmp_path / "w.pth")
    assert {key.partition(".")[0] for key in model.dropped} == {"fc", "aux1", "aux2"}
    assert model.backbone.transform_input is True
    assert models.create("googlenet", SHAPE, 4).backbone.transform_input is False
    assert model.spec is not None
    assert model.spec.options == {"transform_input": True}


def test_faults_of_a_file_are_listed_together(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path
) -> None:
    del state["conv1.0.weight"]
    state["stem.weight"] = torch.zeros(1)
    state["conv5.0.weight"] = torch.zeros(2, 2)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(CheckpointError) as caught:
        models.create("shufflenet_v2_x0_5", SHAPE, 9, weights=tmp_path / "w.pth")
    text = str(caught.value)
    assert "1 missing: conv1.0.weight" in text
    assert "1 unknown: stem.weight" in text
    assert "1 of another shape: conv5.0.weight (2, 2) instead of (1024, 192, 1, 1)" in text


def test_another_models_file_is_refused_briefly(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path
) -> None:
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match=r"does not fit the model.* and \d+ more") as caught:
        models.create("resnet18", SHAPE, 9, weights=tmp_path / "w.pth")
    assert len(str(caught.value)) < 1500


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 half a zip"])
def test_damaged_files_are_refused(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=f"w{suffix} cannot be read"):
        models.create("small-cnn", (1, 8, 8), 3, weights=path)


def test_a_truncated_file_is_refused(state: OrderedDict[str, torch.Tensor], tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save(state, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CheckpointError, match="truncated"):
        models.create("shufflenet_v2_x0_5", SHAPE, 3, weights=path)


class Harmful:
    """What a pickle can smuggle in."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("harm-was-done",)


def test_code_in_a_file_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"conv": Harmful()}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="cannot be read"):
        models.create("small-cnn", (1, 8, 8), 3, weights=tmp_path / "w.pth")
    assert not Path("harm-was-done").exists()


def test_a_whole_module_is_no_state_dict(tmp_path: Path) -> None:
    torch.save([torch.zeros(2)], tmp_path / "w.pth")
    with pytest.raises(CheckpointError, match="holds no state dict"):
        models.create("small-cnn", (1, 8, 8), 3, weights=tmp_path / "w.pth")


def test_missing_files_and_unknown_names_are_told_apart() -> None:
    with pytest.raises(DataError, match=r"no weights file nothing\.pth"):
        models.create("resnet18", SHAPE, 3, weights="nothing.pth")
    with pytest.raises(ArgumentError, match="did you mean 'IMAGENET1K_V1'"):
        models.create("resnet18", SHAPE, 3, weights="IMAGENET1K_V2")
    with pytest.raises(ArgumentError, match="lenet5 has no weights named 'DEFAULT'; give a file"):
        models.create("lenet5", (1, 28, 28), 3, weights="DEFAULT")


@pytest.mark.parametrize("word", ["none", None])
def test_none_means_no_weights(word: str | None) -> None:
    model = models.create("mlp", (3,), 3, weights=word)
    assert model.spec is not None
    assert model.spec.weights is None


def test_named_weights_are_found_in_any_data_root_and_in_torch_hub(
    state: OrderedDict[str, torch.Tensor], tmp_path: Path
) -> None:
    name = "shufflenetv2_x0.5-f707e7126e.pth"
    roots = [tmp_path / "first", tmp_path / "second"]
    listed = os.pathsep.join(map(str, roots))
    for place in (roots[1], roots[1] / "checkpoints", tmp_path / "hub" / "hub" / "checkpoints"):
        place.mkdir(parents=True)
        torch.save(state, place / name)
        model = models.create("shufflenet_v2_x0_5", SHAPE, 9, weights="DEFAULT", data_root=listed)
        assert model.dropped == ("fc.weight", "fc.bias")
        (place / name).unlink()


def test_without_network_the_error_names_file_and_folder_after_one_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(url: str, timeout: float) -> None:
        asked.append(url)
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(DataError) as caught:
        models.create("shufflenet_v2_x0_5", SHAPE, 9, weights="DEFAULT", data_root=str(tmp_path))
    assert [url.rpartition("/")[2] for url in asked] == ["shufflenetv2_x0.5-f707e7126e.pth"]
    assert "shufflenetv2_x0.5-f707e7126e.pth" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_other_weights_that_are_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "mobilenet_v2-b0353104.pth").touch()
    with pytest.raises(DataError, match="IMAGENET1K_V1 is there"):
        models.create("mobilenet_v2", SHAPE, 9, weights="DEFAULT", data_root=str(tmp_path))


def test_a_download_is_checked_against_its_name_and_put_in_place_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    content = b"weights" * 1000
    served = tmp_path / "served"
    served.mkdir()
    good = f"good-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    for name in (good, "bad-00000000.pth"):
        (served / name).write_bytes(content)
    root = tmp_path / "root"
    found = weights_files.find((served / good).as_uri(), str(root))
    assert found == root / good
    assert found.read_bytes() == content
    with pytest.raises(DataError, match="not 00000000"):
        weights_files.find((served / "bad-00000000.pth").as_uri(), str(root))
    assert [path.name for path in root.iterdir()] == [good]


def test_a_root_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    (tmp_path / "served.pth").write_bytes(b"w")
    (tmp_path / "root").write_bytes(b"a file, not a folder")
    with pytest.raises(DataError, match="root"):
        weights_files.find((tmp_path / "served.pth").as_uri(), str(tmp_path / "root"))


@pytest.mark.data("mobilenet_v2-b0353104.pth")
def test_real_mobilenet_weights_give_torchvisions_own_scores() -> None:
    model = models.create("mobilenet_v2", (3, 96, 96), 1000, weights="IMAGENET1K_V1").eval()
    assert model.dropped == ("classifier.1.weight", "classifier.1.bias")
    assert model.spec is not None
    assert model.spec.weights is not None
    assert model.spec.weights["sha256"].startswith("b0353104")
    member = torchvision.models.MobileNet_V2_Weights.IMAGENET1K_V1
    path = weights_files.find(member.url)
    state = torch.load(path, weights_only=True)
    whole = torchvision.models.mobilenet_v2().eval()
    whole.load_state_dict(state)
    model.head.load_state_dict({k: state[f"classifier.1.{k}"] for k in ("weight", "bias")})
    images = torch.rand(2, 3, 96, 96)
    assert torch.equal(model(images), whole(images))
