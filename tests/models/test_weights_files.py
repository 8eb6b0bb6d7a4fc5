"""Files of weights: looked for without torch, downloaded whole or not at all."""

import subprocess
import sys
import urllib.error
import urllib.request
from http.client import BadStatusLine, HTTPException, IncompleteRead
from pathlib import Path

import pytest
import torch

from counterpoise.errors import DataError
from counterpoise.models import weights_files


@pytest.mark.parametrize("variables", [{"TORCH_HOME": "t"}, {"XDG_CACHE_HOME": "x"}, {}])
def test_torch_hub_is_looked_for_where_torch_has_it(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    assert tmp_path in folder.parents
    folder.mkdir(parents=True)
    (folder / "w.pth").touch()
    assert weights_files.there("w.pth", str(tmp_path / "root")) == folder / "w.pth"


def test_a_data_root_comes_before_torch_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for folder in (tmp_path / "torch" / "hub" / "checkpoints", tmp_path / "root" / "checkpoints"):
        folder.mkdir(parents=True)
        (folder / "w.pth").touch()
    found = weights_files.there("w.pth", str(tmp_path / "root"))
    assert found == tmp_path / "root" / "checkpoints" / "w.pth"


def test_the_time_for_a_server_to_answer_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    def refuse(url: str, timeout: float) -> None:
        waited.append(timeout)
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    with pytest.raises(DataError, match=r"w\.pth is not in .* no network"):
        weights_files.find("file:///w.pth", str(tmp_path), timeout=2.5)
    assert waited == [2.5]


def test_looking_for_weights_loads_no_torch() -> None:
    code = (
        "import sys; from counterpoise.models.backbones import BACKBONES; "
        "[b.at_hand() for b in BACKBONES.values()]; "
        "sys.exit(bool({'torch', 'torchvision', 'timm'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("fault", [BadStatusLine("SSH-2.0"), IncompleteRead(b"abc", 5)])
def test_a_server_that_does_not_speak_http_is_a_failed_download(
    fault: HTTPException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(url: str, timeout: float) -> None:
        raise fault

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", answer)
    with pytest.raises(DataError, match=r"w\.pth is not in .* cannot be downloaded"):
        weights_files.find("file:///w.pth", str(tmp_path))
