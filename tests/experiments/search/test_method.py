"""A method's own search: what is trained, what is chosen, what is reused, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise.errors import RecipeError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.experiments.run_recipe import run
from counterpoise.experiments.search.method import announced
from counterpoise.experiments.search.trials import Trials
from counterpoise.recipes.load import load_file, load_methods
from counterpoise.recipes.schema import Recipe
from counterpoise.report import collect

TEXT = """
title = "Searched"
base = "cnusvm"

[search]
select = "g_mean"
classes = 2

[[search.grids]]
title = "margins"
values = { tau_minority = [0.25, 0.5], tau_majority = [2.0, 8.0] }

[[search.grids]]
combine = "pairs"
values = { tau_minority = [0.25, 1.0], tau_majority = [8.0, 1.0] }
"""
POINTS = 5  # of four and two, one is in both


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 and 30 overlapping vectors, the minority first."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 120])
    inputs = random.normal(size=(150, 4)).astype(np.float32)
    inputs[np.arange(150), labels] += 1.5
    path = tmp_path_factory.mktemp("data") / "two.npz"
    np.savez(path, x_train=inputs, y_train=labels)
    return path


@pytest.fixture
def searching(tmp_path: Path) -> Recipe:
    path = tmp_path / "searching.toml"
    path.write_text(TEXT)
    return load_file(path)


def question(data: Path, out: Path, **changes: Any) -> dict[str, Any]:
    return {"dataset": data, "out": out, "seeds": 2, "rounds": 3, **changes}


def ask(asked: dict[str, Any], searching: Recipe) -> list[str]:
    """Compare the baseline with the searching recipe; what was said."""
    said = Said()
    (baseline,) = load_methods(["baseline"], {"train": {"rounds": asked["rounds"]}}, {})
    short = replace(searching, train=replace(searching.train, rounds=asked["rounds"]))
    conduct(Options.of({**asked, "recipes": (baseline, short)}), said.display())
    return said


def test_the_best_point_on_validation_runs_on_every_split_and_is_not_trained_twice(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    out = tmp_path / "out"
    said = ask(question(two_classes, out), searching)
    # on the first split the chosen run is one of the five trials
    assert "4 runs (2 methods x 2 seeds) and 5 trials to choose settings: 8 dist" in said[0]
    assert said[1] == "searching: 5 settings to try on seed-0"
    assert len(list(out.glob("stages/*/done.json"))) == 8
    record = json.loads((out / "experiment.json").read_text())["searches"]["searching"]
    tried = {
        json.dumps(point["settings"]): point["values"]["g_mean"]
        for grid in record["grids"]
        for point in grid["points"]
    }
    assert len(tried) == record["trials"] == POINTS
    assert record["value"] == max(tried.values()) == tried[json.dumps(record["chosen"])]
    assert record["ties"] == sum(v == record["value"] for v in tried.values()) - 1
    for split in ("seed-0", "seed-1"):
        kept = load_file(out / f"runs/searching/{split}/recipe.toml")
        assert kept.search is None
        assert dict(kept.stages[0].loss.parameters) == record["chosen"]
    report = collect(out)
    assert report.experiment.searches["searching"].chosen == record["chosen"]
    found = next(m for m in report.methods if m.name == "searching")
    assert found.validation["g_mean"].values[0] == pytest.approx(record["value"])

    before = {p: p.stat().st_mtime_ns for p in out.rglob("outputs.npz")}
    assert ask(question(two_classes, out), searching) == [
        "4 runs (2 methods x 2 seeds) and 5 trials to choose settings, 9 finished before: nothing "
        "left to train"
    ]
    assert before == {p: p.stat().st_mtime_ns for p in out.rglob("outputs.npz")}
    assert json.loads((out / "experiment.json").read_text())["searches"]["searching"] == record


def test_a_trial_that_was_lost_is_made_again_from_its_stage(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    out = tmp_path / "out"
    ask(question(two_classes, out, seeds=1), searching)
    record = json.loads((out / "experiment.json").read_text())["searches"]
    lost = next(out.glob("search/*/searching/seed-0/report.json"))
    lost.unlink()
    stages = {p: p.stat().st_mtime_ns for p in out.glob("stages/*/done.json")}
    said = ask(question(two_classes, out, seeds=1), searching)
    assert "nothing left to train" in said[0]
    assert stages == {p: p.stat().st_mtime_ns for p in out.glob("stages/*/done.json")}
    again = json.loads((out / "experiment.json").read_text())["searches"]
    assert again == record


def test_a_ledger_keeps_the_trials_too(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    ledger = tmp_path / "runs.jsonl"
    first, second = tmp_path / "a", tmp_path / "b"
    ask(question(two_classes, first, ledger=ledger), searching)
    assert len(ledger.read_text().splitlines()) == POINTS + 3  # the chosen trial is a run
    said = ask(question(two_classes, second, ledger=ledger), searching)
    assert "nothing left to train" in said[0]
    assert not list(second.glob("stages/*/done.json"))
    one, two = (
        json.loads((out / "experiment.json").read_text())["searches"]["searching"]
        for out in (first, second)
    )
    assert one["chosen"] == two["chosen"]


def test_tuning_finds_the_rate_first_and_the_search_uses_it(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    out = tmp_path / "out"
    ask(question(two_classes, out, seeds=1, tune=2), searching)
    rate = json.loads((out / "experiment.json").read_text())["tuned"]["searching"]
    trials = [load_file(p) for p in out.glob("search/*/searching/seed-0/recipe.toml")]
    assert len(trials) == POINTS
    assert {trial.optimizer.parameters["lr"] for trial in trials} == {rate}


def test_the_estimate_counts_the_trials(
    tmp_path: Path, two_classes: Path, searching: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    from counterpoise.experiments import budget

    monkeypatch.setattr(budget, "RUN_SECONDS", 0.0)
    monkeypatch.setattr(budget, "seconds_per_update", lambda stages, context, say: 1.0)
    out = tmp_path / "out"
    asked = question(two_classes, out, seeds=1, rounds=2, jobs=1)
    said = ask(asked, searching)
    assert f"2 runs (2 methods x 1 seed) and {POINTS} trials to choose settings" in said[0]
    assert "6 distinct trainings" in said[0], "the trials, the baseline"
    assert len(list(out.glob("stages/*/done.json"))) == 6


def test_another_number_of_classes_is_refused_before_training(tmp_path: Path) -> None:
    asked = Options.of({"dataset": "digits", "out": tmp_path, "methods": "cnusvm-search"})
    with pytest.raises(RecipeError, match="searches settings of 2 classes; digits has 10"):
        conduct(asked, display("silent"))
    assert not list(tmp_path.iterdir())


def test_run_searches_on_the_one_split_it_is_given(tmp_path: Path, two_classes: Path) -> None:
    path = tmp_path / "mine.toml"
    data = f'[data]\ndataset = "{two_classes}"\nsplit = "seed-1"\n[train]\nrounds = 3\n'
    path.write_text(TEXT + data)
    folder = run(path, out=tmp_path / "out", progress="silent")
    assert folder == tmp_path / "out/runs/mine/seed-1"
    record = json.loads((tmp_path / "out/experiment.json").read_text())["searches"]["mine"]
    assert record["split"] == "seed-1"
    again = run(folder, out=tmp_path / "again", progress="silent")
    assert dict(load_file(again / "recipe.toml").stages[0].loss.parameters) == record["chosen"]
    assert not (tmp_path / "again/search").exists()


def test_methods_that_try_the_same_are_announced_in_one_line() -> None:
    recipes = load_methods(["baseline", "weighted"], {}, {}, features=True)
    points = {
        "search/a": {"optimizer.weight_decay": 0.1},
        "search/b": {"optimizer.weight_decay": 1},
    }
    same = {r.name: Trials(r, points, "g_mean") for r in recipes}
    assert announced(same, "seed-0") == [
        "2 values of optimizer.weight_decay to try for each of 2 methods on seed-0"
    ]
    other = {**same, "weighted": Trials(recipes[1], {"search/a": {"clip": 1}}, "g_mean")}
    assert announced(other, "seed-0") == [
        "baseline: 2 settings to try on seed-0",
        "weighted: 1 settings to try on seed-0",
    ]


def test_each_point_is_judged_over_several_seeds_and_test_may_choose_in_a_paper(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    """Both choices are rows: that of test data is called optimistic wherever it is shown."""
    assert searching.search is not None
    search = replace(searching.search, seeds=2, select_on="test")
    out = tmp_path / "out"
    said = ask(question(two_classes, out), replace(searching, search=search))
    assert "and 10 trials to choose settings" in said[0]
    assert any("by test G-mean (optimistic), " in line for line in said)
    record = json.loads((out / "experiment.json").read_text())["searches"]["searching"]
    assert (record["select_on"], record["splits"]) == ("test", ["seed-0", "seed-1"])
    assert record["trials"] == 2 * POINTS
    tried = {
        json.dumps(point["settings"]): point["values"]["g_mean"]
        for grid in record["grids"]
        for point in grid["points"]
    }
    assert record["value"] == max(tried.values()) == tried[json.dumps(record["chosen"])]
    beside = record["beside"]
    assert beside["test"] == tried[json.dumps(beside["chosen"])] <= record["value"]
    assert beside["value"] >= beside["chosen_on_test"]
    report = collect(out)
    rows = {method.name: method for method in report.methods}
    assert set(rows) == {"baseline", "searching", "searching-by-validation"}
    chosen, honest = rows["searching"], rows["searching-by-validation"]
    assert chosen.title == "Searched, settings chosen on test data (optimistic)"
    assert any("chosen on test data, as in its paper: optimistic" in one for one in chosen.notes)
    assert not any("optimistic" in one for one in honest.notes)
    assert chosen.metrics["g_mean"].mean == pytest.approx(record["value"])
    assert honest.validation["g_mean"].mean == pytest.approx(beside["value"])
    (warning,) = [one for one in report.warnings if one.startswith("searching: chosen by test")]
    assert "its test results are optimistic; validation chooses" in warning


def test_without_validation_a_choice_on_test_stands_alone(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    assert searching.search is not None
    search = replace(searching.search, select_on="test")
    ask(
        question(two_classes, tmp_path / "out", validation="none"),
        replace(searching, search=search),
    )
    report = collect(tmp_path / "out")
    assert {method.name for method in report.methods} == {"baseline", "searching"}
    assert any("there is no validation to choose on" in one for one in report.warnings)


def test_progress_says_which_setting_is_tried(
    tmp_path: Path, two_classes: Path, searching: Recipe
) -> None:
    labels = list[str]()
    shown = display("silent")
    shown.begin = lambda stages: labels.extend(  # type: ignore[method-assign]
        stage.label for stage in stages
    )
    short = replace(searching, train=replace(searching.train, rounds=1))
    conduct(Options.of({**question(two_classes, tmp_path / "out"), "recipes": (short,)}), shown)
    tried = [label for label in labels if "tau_minority" in label]
    assert len(set(tried)) == len(tried) == POINTS
    assert "searching (tau_minority 0.25, tau_majority 2) seed-0" in tried
    assert labels[-1] == "searching seed-1"
