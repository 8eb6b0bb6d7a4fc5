"""`run`: a recipe or a run folder in, its status out."""

import importlib
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoise.experiments.data_table import data_table
from counterpoise.experiments.options import Options
from counterpoise.experiments.run_folder import write_recipe
from counterpoise.records import RunRecord


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def single(tmp_path, monkeypatch) -> list[tuple[Path, Path | None, str, str | None]]:
    """Stands for experiments.single.run: remembers, and ends as the file `status` says."""
    asked: list[tuple[Path, Path | None, str, str | None]] = []

    def run(
        path: Path, *, out: Path | None, device: str, data_root: str | None, devices: int | None
    ) -> Path:
        asked.append((path, out, device, data_root))
        folder = Path("out", "runs", "mine", "seed-0")
        folder.mkdir(parents=True)
        status = (tmp_path / "status").read_text() if (tmp_path / "status").exists() else "ok"
        said = {"method": "mine", "title": "Mine", "split": "seed-0", "status": status}
        report = RunRecord.model_validate({**said, "error": "boom\nmore"})
        (folder / "report.json").write_text(report.text())
        return folder

    monkeypatch.setattr(importlib.import_module("counterpoise.experiments.run_recipe"), "run", run)
    return asked


def test_what_is_typed_arrives_and_the_status_is_said(command, single, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text("")
    answer = command("run", "mine.toml", "--device", "cpu", "--data-root", "x", "--out", "out")
    assert answer.code == 0, answer.err
    assert single == [(Path("mine.toml"), Path("out"), "cpu", "x")]
    assert answer.out.splitlines() == [
        "mine seed-0: ok (out/runs/mine/seed-0)",
        "numbers: counterpoise report out",
    ]


def test_a_run_folder_is_resumed_where_it_is(command, single, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    assert command("run", "run").code == 0
    assert single == [(Path("run"), None, "auto", None)]


def test_a_failed_run_is_our_exit_code(command, single, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "status").write_text("failed")
    answer = command("run", "run")
    assert answer.code == 1
    assert answer.err == "error: mine failed: boom\n"


@pytest.mark.parametrize("frozen", [True, False])
def test_a_run_folder_says_what_was_trained_and_nothing_is_decided_anew(
    frozen, tmp_path, monkeypatch
) -> None:
    asked = []
    module = importlib.import_module("counterpoise.experiments.run_recipe")
    monkeypatch.setattr(module, "conduct", lambda options, display: asked.append(options))
    (tmp_path / "photos").mkdir()
    given = {"dataset": str(tmp_path / "photos"), "methods": "baseline"}
    kind = {"frozen": True, "model": "efficientnet-lite0"} if frozen else {"scratch": True}
    options = Options.of({**given, **kind})
    (recipe,) = options.load_recipes()
    write_recipe(tmp_path / "run", replace(recipe, data=data_table(options, "seed-0")))
    module.run(tmp_path / "run", out=tmp_path / "out", progress="silent")
    (again,) = asked
    assert (again.frozen, again.scratch) == (frozen, not frozen)
    assert again.model == kind.get("model")
    assert again.load_recipes()[0].model == recipe.model


def test_user_errors(command, tmp_path) -> None:
    (tmp_path / "bad.toml").write_text('base = "oversampel"\n[train]\nbatch = 3\n')
    (tmp_path / "no_data.toml").write_text('base = "oversampling"\n')
    (tmp_path / "empty").mkdir()
    assert "no such recipe" in command("run", "nothing.toml").err
    bad = command("run", "bad.toml")
    assert bad.code == 2
    assert len(bad.err.splitlines()) >= 2
    assert "did you mean 'oversampling'?" in bad.err
    assert "[data] table" in command("run", "no_data.toml").err
    assert "holds no recipe.toml" in command("run", "empty").err


@pytest.mark.slow
def test_a_recipe_trains_and_its_numbers_are_reported(command, tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(
        'base = "oversampling"\n[data]\ndataset = "digits"\n'
        "[train]\nrounds = 1\nupdates_per_round = 5\n"
    )
    answer = command("run", "mine.toml", "--device", "cpu")
    assert answer.code == 0, answer.err
    assert "mine seed-0: ok" in answer.out
    reported = command("report", "counterpoise-out/mine")
    assert reported.code == 0, reported.err
    assert "\nUndecided: 1 round is too few" in reported.out
    assert "\nSo far the best is mine: balanced accuracy ." in reported.out
