"""`run`: a recipe or a run folder in, its status out."""

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def single(tmp_path, monkeypatch) -> list[tuple[Path, Path | None, str]]:
    """Stands for experiments.single: remembers, and finishes with the status in `status`."""
    asked: list[tuple[Path, Path | None, str]] = []

    def run(path: Path, *, out: Path | None, device: str) -> Path:
        asked.append((path, out, device))
        folder = out or path
        folder.mkdir(parents=True, exist_ok=True)
        status = (tmp_path / "status").read_text() if (tmp_path / "status").exists() else "ok"
        said = {"method": "mine", "split": "seed-0", "status": status, "error": "boom\nmore"}
        (folder / "report.json").write_text(json.dumps(said))
        return folder

    module = ModuleType("counterpoise.experiments.single")
    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "counterpoise.experiments.single", module)
    return asked


def test_a_recipe_runs_into_a_folder_of_its_name(command, single, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text('base = "oversampling"\n')
    answer = command("run", "mine.toml", "--device", "cpu")
    assert answer.code == 0, answer.err
    out = Path("counterpoise-out", "mine")
    assert single == [(Path("mine.toml"), out, "cpu")]
    assert answer.out == f"mine seed-0: ok ({out})\n"


def test_a_run_folder_is_resumed_where_it_is(command, single, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    assert command("run", "run").code == 0
    assert single == [(Path("run"), None, "auto")]


def test_a_failed_run_is_our_exit_code(command, single, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "status").write_text("failed")
    answer = command("run", "run")
    assert answer.code == 1
    assert answer.err == "error: mine failed: boom\n"


def test_user_errors(command, single, tmp_path) -> None:
    (tmp_path / "bad.toml").write_text('base = "oversampel"\n[train]\nbatch = 3\n')
    assert "no such recipe" in command("run", "nothing.toml").err
    answer = command("run", "bad.toml")
    assert answer.code == 2
    assert len(answer.err.splitlines()) >= 2
    assert "did you mean 'oversampling'?" in answer.err
    assert single == []
