"""`doctor` finds what is wrong, and says nothing is wrong when nothing is."""

import importlib.metadata
import json

import pytest


@pytest.fixture(autouse=True)
def _quiet(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COUNTERPOISE_DATA", raising=False)


def test_a_sound_installation(command, tmp_path) -> None:
    answer = command("doctor")
    assert answer.code == 0, answer.out
    assert answer.out.endswith("no problem found\n")
    assert importlib.metadata.version("torch") in answer.out
    assert list(tmp_path.iterdir()) == []


def test_data_that_is_there_is_found(command, tmp_path) -> None:
    (tmp_path / "cifar10.npz").touch()
    said = {f["what"]: f for f in json.loads(command("doctor", "--data-root", ".", "--json").out)}
    assert said["data cifar10"]["value"] == "cifar10.npz"
    assert said["data mnist"]["value"] == "not there"


def test_pretrained_weights_are_found_where_they_lie(command, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    said = {f["what"]: f for f in json.loads(command("doctor", "--data-root", ".", "--json").out)}
    assert said["weights mobilenet_v2"]["value"] == "not there"
    (tmp_path / "mobilenet_v2-b0353104.pth").touch()
    said = {f["what"]: f for f in json.loads(command("doctor", "--data-root", ".", "--json").out)}
    assert said["weights mobilenet_v2"]["value"] == "mobilenet_v2-b0353104.pth"
    assert said["weights efficientnet-lite0"]["value"].endswith("-57934424.pth")


def test_a_data_root_that_is_not_there_is_a_problem(command, monkeypatch) -> None:
    monkeypatch.setenv("COUNTERPOISE_DATA", "/no/such/root")
    answer = command("doctor")
    assert answer.code == 2
    assert "BAD data root" in answer.out
    assert answer.out.endswith("1 problem(s)\n")


def test_an_output_folder_that_is_a_file_is_a_problem(command, tmp_path) -> None:
    (tmp_path / "taken").touch()
    assert "BAD output" in command("doctor", "--out", "taken").out


def test_a_missing_package_is_a_problem(command, monkeypatch) -> None:
    real = importlib.metadata.version

    def version(name: str) -> str:
        if name == "safetensors":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    answer = command("doctor")
    assert answer.code == 2
    assert "-m pip install safetensors" in answer.out
