"""How long to train: doubled while the baseline gains on validation, kept, and the same for all."""

import json
from pathlib import Path
from typing import Any

import pytest

from counterpoise import models
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.experiments.search import rounds
from counterpoise.experiments.search.measured import Measured
from counterpoise.recipes import resolve
from counterpoise.recipes.load import load_file
from counterpoise.report import collect
from counterpoise.report.page import _facts


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    save_file(models.create("small-cnn", (3, 8, 8), 7).state_dict(), path)
    return path


def ask(out: Path, weights: Path, **changes: Any) -> list[str]:
    """Compare heads on features of digits, with rounds of two updates; what was said."""
    said = Said()
    asked: dict[str, Any] = {
        "dataset": "digits",
        "profile": "step:rho=20,mu=0.5",
        "methods": ("baseline", "weighted"),
        "seeds": 1,
        "frozen": True,
        "model": "small-cnn",
        "size": 8,
        "out": out,
        "settings": {
            "model.weights": str(weights),
            "optimizer.weight_decay": 0.01,
            "train.updates_per_round": 2,
        },
    }
    conduct(Options.of({**asked, **changes}), said.display())
    return [line for line in said if " for each training" in line]


def trained(out: Path) -> dict[str, int]:
    """Rounds of each run."""
    folders = sorted(out.glob("runs/*/seed-0"))
    return {f.parent.name: load_file(f / "recipe.toml").train.rounds for f in folders}


def test_doubling_ends_where_nothing_is_gained_and_a_restart_trains_as_many(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gains = iter([(0.01, 0.2), (-0.01, 0.1)])
    monkeypatch.setattr(rounds, "_interval", lambda *runs: next(gains))
    (line,) = ask(tmp_path, weights)
    assert line.startswith("32 rounds for each training: with the last 16 of them the baseline's")
    assert " improved by " in line  # of NLL and ECE, too, a gain is what is above 0
    assert line.endswith("[-0.010, +0.100]")
    assert trained(tmp_path) == {"baseline": 32, "weighted": 32}
    (found,) = json.loads((tmp_path / "rounds.json").read_text())["found"].values()
    assert [one["rounds"] for one in found["tried"]] == [8, 16, 32]
    assert len(list(tmp_path.glob("stages/*/done.json"))) == 4  # the longest is the baseline's run
    assert not list(tmp_path.glob("rounds/**/predictor.json"))
    assert ask(tmp_path, weights, methods=("oversampling",)) == [line]
    assert trained(tmp_path)["oversampling"] == 32


def test_rounds_that_are_said_are_obeyed(tmp_path: Path, weights: Path) -> None:
    assert ask(tmp_path, weights, rounds=3) == []
    assert trained(tmp_path) == {"baseline": 3, "weighted": 3}
    assert not (tmp_path / "rounds.json").exists()


def test_doubling_has_an_end(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_interval", lambda *runs: (0.1, 0.2))
    ask(tmp_path, weights, methods=("weighted",))
    assert trained(tmp_path) == {"weighted": 64}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usually 4 rounds."""
    monkeypatch.setattr(resolve, "WANTED_UPDATES", 8)
    monkeypatch.setattr(resolve, "FEWEST_ROUNDS", 1)


def networks(out: Path, **changes: Any) -> list[str]:
    """Compare whole networks on digits, with rounds of two updates; all that was said."""
    said = Said()
    asked: dict[str, Any] = {
        "dataset": "digits",
        "profile": "step:rho=20,mu=0.5",
        "methods": ("baseline", "weighted"),
        "seeds": 1,
        "jobs": 1,
        "out": out,
        "command": "counterpoise compare digits",
        "settings": {"model.name": "mlp", "train.updates_per_round": 2},
    }
    conduct(Options.of({**asked, **changes}), said.display())
    return list(said)


def gaining(monkeypatch: pytest.MonkeyPatch, *intervals: tuple[float, float]) -> None:
    left = iter(intervals)
    monkeypatch.setattr(rounds, "_interval", lambda *runs: next(left))


def tried(out: Path) -> list[int]:
    (found,) = json.loads((out / "rounds.json").read_text())["found"].values()
    return [one["rounds"] for one in found["tried"]]


@pytest.mark.usefixtures("short")
def test_whole_networks_train_as_long_as_is_found_and_the_report_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaining(monkeypatch, (0.01, 0.2), (-0.01, 0.1))
    lines = networks(tmp_path)
    assert tried(tmp_path) == [2, 4, 8]
    assert trained(tmp_path) == {"baseline": 8, "weighted": 8}
    (line,) = [line for line in lines if line.startswith("8 rounds for each training: with")]
    report = collect(tmp_path)
    assert report.experiment.rounds_found == line
    assert ("How long to train", line) in _facts(report)
    assert not any(line.startswith("how long to train is found first") for line in lines)


@pytest.mark.usefixtures("short")
def test_where_nothing_is_gained_nothing_else_is_trained_than_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaining(monkeypatch, (0.0, 0.1))
    networks(tmp_path / "searched")
    networks(tmp_path / "said", rounds=4)
    assert tried(tmp_path / "searched") == [2, 4]
    runs = [
        {p.parent.name: json.loads(p.read_text())["identity"] for p in out.glob("runs/*/*/rep*")}
        for out in (tmp_path / "searched", tmp_path / "said")
    ]
    assert runs[0] == runs[1]


@pytest.mark.usefixtures("short")
def test_an_interrupted_search_goes_on_and_comes_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*runs: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds, "_interval", interrupted)
    with pytest.raises(KeyboardInterrupt):
        networks(tmp_path)
    assert not (tmp_path / "rounds.json").exists()
    files = {path: path.stat().st_mtime_ns for path in tmp_path.glob("stages/*/done.json")}
    assert len(files) == 2
    gaining(monkeypatch, (0.01, 0.2), (-0.01, 0.1))
    networks(tmp_path)
    assert trained(tmp_path) == {"baseline": 8, "weighted": 8}
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert len(list(tmp_path.glob("stages/*/done.json"))) == 4
    monkeypatch.setattr(rounds, "_interval", interrupted)
    networks(tmp_path)  # which asks for no interval


@pytest.mark.usefixtures("short")
def test_a_ledger_and_a_recipe_of_its_own_number_are_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks(tmp_path / "ledger", ledger=tmp_path / "runs.jsonl")
    assert trained(tmp_path / "ledger") == {"baseline": 4, "weighted": 4}
    assert not (tmp_path / "ledger" / "rounds.json").exists()
    gaining(monkeypatch, (0.01, 0.2), (-0.01, 0.1))
    mine = tmp_path / "mine.toml"
    mine.write_text('title = "Mine"\nbase = "weighted"\n[train]\nrounds = 3\n')
    networks(tmp_path / "mine", methods=("oversampling", str(mine)))
    assert trained(tmp_path / "mine") == {"oversampling": 8, "mine": 3}


@pytest.mark.usefixtures("short")
def test_the_baseline_that_is_not_compared_has_the_settings_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaining(monkeypatch, (0.0, 0.1))
    settings = {"model.name": "mlp", "model.hidden": [8], "train.updates_per_round": 2}
    networks(tmp_path, methods=("focal",), settings={**settings, "focal.gamma": 1.0})
    recipe = load_file(tmp_path / "rounds/4/baseline/seed-0/recipe.toml")
    assert recipe.model.as_dict() == {"name": "mlp", "hidden": [8]}
    assert recipe.train.updates_per_round == 2


@pytest.mark.usefixtures("short")
def test_nothing_is_tried_where_all_of_it_would_take_too_long_and_a_restart_repeats_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PATIENCE", 33.0)
    monkeypatch.setattr(rounds, "seconds_per_update", lambda stages, context: 1.0)
    lines = networks(tmp_path)  # 16 updates and two runs
    assert "4 rounds for each training: whether more would gain was not tried" in "".join(lines)
    assert tried(tmp_path) == []
    assert trained(tmp_path) == {"baseline": 4, "weighted": 4}
    monkeypatch.undo()
    monkeypatch.setattr(resolve, "WANTED_UPDATES", 8)
    monkeypatch.setattr(resolve, "FEWEST_ROUNDS", 1)
    networks(tmp_path)
    assert trained(tmp_path) == {"baseline": 4, "weighted": 4}


@pytest.mark.usefixtures("short")
def test_it_is_said_what_a_long_search_may_take_and_how_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaining(monkeypatch, (0.0, 0.1))
    monkeypatch.setattr(rounds, "PATIENCE", 40.0)
    monkeypatch.setattr(rounds, "seconds_per_update", lambda stages, context: 1.0)
    (line,) = [one for one in networks(tmp_path) if one.startswith("how long to train is found")]
    assert line == (
        "how long to train is found first: the baseline with 2 and 4 rounds on seed-0, about 0:13, "
        "and with twice as many while that gains, 8 at most (0:30). All methods then take about "
        "0:17, or 0:34 with 8 (skip it: `--rounds 4`)"
    )


@pytest.mark.usefixtures("short")
def test_a_budget_has_to_last_for_all_splits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_interval", lambda *runs: (0.1, 0.2))
    monkeypatch.setattr(rounds, "seconds_per_update", lambda stages, context: 1.0)
    networks(tmp_path / "one", budget=75.0)  # twice 17 seconds fit into what is left
    assert tried(tmp_path / "one") == [2, 4, 8, 16], "as trainings take less than was estimated"
    networks(tmp_path / "three", budget=75.0, seeds=3)
    assert tried(tmp_path / "three") == []


@pytest.mark.usefixtures("short")
def test_a_doubling_has_to_leave_time_for_all_methods_and_splits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six trainings of twice the seconds that the last one took."""
    monkeypatch.setattr(rounds, "_interval", lambda *runs: (0.1, 0.2))
    monkeypatch.setattr(
        rounds, "measure", lambda run, context: Measured("ok", None, 5.0, {"balanced_accuracy": 1})
    )
    monkeypatch.setattr(rounds, "PATIENCE", 59.0)
    lines = networks(tmp_path / "little", seeds=3)
    assert tried(tmp_path / "little") == [2, 4]
    assert any(line.endswith("; more may gain, and was not tried") for line in lines)
    monkeypatch.setattr(rounds, "PATIENCE", 61.0)
    networks(tmp_path / "enough", seeds=3)
    assert tried(tmp_path / "enough") == [2, 4, 8, 16]
