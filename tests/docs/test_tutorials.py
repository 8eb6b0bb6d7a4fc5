"""What a tutorial says is done: its commands and its Python, in order, in one empty folder."""

import re
import shlex
from pathlib import Path

import pytest

from counterpoise.cli import main

TUTORIALS = Path(__file__).resolve().parents[2] / "docs/tutorials"
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NEEDS = {
    "loop": ("lightning", "skorch", "transformers"),
    "folder": ("onnx", "onnxscript"),
    "table": ("onnx", "onnxscript", "pandas"),
}
NAMES = sorted(page.stem for page in TUTORIALS.glob("*.md") if page.stem != "index")


def blocks(name: str) -> list[tuple[str, str]]:
    """Kind and text of each block that is run, in order."""
    text = (TUTORIALS / f"{name}.md").read_text("utf-8")
    return [(found[1], found[2]) for found in BLOCK.finditer(text)]


def commands(text: str) -> list[list[str]]:
    """Arguments of our commands that end by themselves; a server does not."""
    words = [shlex.split(line) for line in text.splitlines() if line.startswith("counterpoise ")]
    return [rest for _, *rest in words if rest[0] != "serve"]


@pytest.mark.parametrize("name", NAMES)
def test_a_tutorial_has_something_to_run(name: str) -> None:
    assert any(kind == "python" or commands(text) for kind, text in blocks(name))
    assert not any(text.startswith(">>>") for _, text in blocks(name)), "write it without >>>"


@pytest.mark.system
@pytest.mark.parametrize("name", NAMES)
def test_a_tutorial_can_be_followed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in NEEDS.get(name, ()):
        pytest.importorskip(module, reason=f"needs the extra bridges or onnx: {module}")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": name}
    for kind, text in blocks(name):
        if kind == "python":
            exec(compile(text, f"{name}.md", "exec"), names)
        else:
            for words in commands(text):
                assert main(words) == 0, (words, capsys.readouterr().err)
