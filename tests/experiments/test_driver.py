"""The driver: what resumes, what is said, and the ledger."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from counterpoise.errors import DataError
from counterpoise.experiments import ledger, limit
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.experiments.tasks import Outcome, Task
from counterpoise.recipes.shipped import CLASSIC
from counterpoise.report import collect


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


def question(out: Path, **changes: Any) -> Options:
    given = {
        "dataset": "digits",
        "methods": ("baseline", "thresholding"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 2,
        "rounds": 2,
        "settings": {"model.name": "mlp"},
    }
    return Options.of({**given, **changes})


def test_the_same_question_again_trains_nothing(tmp_path: Path) -> None:
    first, second = Said(), Said()
    assert len(conduct(question(tmp_path), first.display())) == 4
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("outputs.npz")}
    assert not conduct(question(tmp_path), second.display())
    assert "4 runs (2 methods x 2 seeds): 2 distinct trainings" in first[0]
    assert "4 finished before: nothing left to train" in second[0]
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("outputs.npz")}


@pytest.mark.parametrize("results", ["counterpoise-out/set", "mine"])
def test_results_beside_the_classes_are_no_class_and_copies_are_said(
    tmp_path: Path, results: str
) -> None:
    rng = np.random.default_rng(0)
    for i in range(24):
        place = tmp_path / "set" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(place / f"{i}.png")
    for place, name in {"a": "0", "b": "1"}.items():
        copy = tmp_path / "set" / place / f"again-{name}.png"
        copy.write_bytes((copy.parent / f"{name}.png").read_bytes())
    out = tmp_path / "set" / results
    changes: dict[str, Any] = {"dataset": str(tmp_path / "set"), "profile": "none", "seeds": 1}
    first, second = Said(), Said()
    assert conduct(question(out, methods=("baseline",), **changes), first.display())
    assert not conduct(question(out, methods=("baseline",), **changes), second.display())
    copies = "2 samples repeat an earlier one exactly; copies are kept in one part where data are"
    for said in (first, second):
        assert any(note.startswith(copies) for note in said)
    left_out = f"left out: 1 output folder of counterpoise ({results.partition('/')[0]})"
    assert left_out in second
    written = json.loads((out / "experiment.json").read_text())
    assert written["classes"] == ["a", "b"]
    with np.load(out / "splits" / "seed-0.npz") as split:
        assert "train_groups" in split.files


@pytest.mark.parametrize("frozen", [False, True])
def test_what_a_weights_file_holds_in_vain_is_said_once(tmp_path: Path, frozen: bool) -> None:
    from safetensors.torch import save_file

    from counterpoise import models

    weights = tmp_path / "w.safetensors"
    save_file(models.create("small-cnn", (3 if frozen else 1, 8, 8), 7).state_dict(), weights)
    changes: dict[str, Any] = {"settings": {"model.name": "small-cnn"}}
    if frozen:
        changes = {"frozen": True, "model": "small-cnn", "size": 8, "settings": {}}
    changes["settings"]["model.weights"] = str(weights)
    said = Said()
    conduct(question(tmp_path / "out", **changes), said.display())
    line = "small-cnn weights: left out head.bias, head.weight (a new head takes their place)"
    assert said.count(line) == 1
    assert sum("left out" in other for other in said) == 1


def test_more_methods_and_seeds_train_only_what_is_new(tmp_path: Path) -> None:
    conduct(question(tmp_path, seeds=1), display("silent"))
    said = Said()
    conduct(question(tmp_path, methods=("baseline", "oversampling")), said.display())
    assert "1 finished before: 3 distinct trainings" in said[0]
    experiment = json.loads((tmp_path / "experiment.json").read_text())
    assert experiment["methods"] == ["baseline", "oversampling"]
    assert experiment["splits"] == ["seed-0", "seed-1"]


def test_the_ledger_is_accepted_as_finished(tmp_path: Path) -> None:
    ledger = tmp_path / "runs.jsonl"
    conduct(question(tmp_path / "a", ledger=ledger), display("silent"))
    entries = [json.loads(line) for line in ledger.read_text().splitlines()]
    assert len(entries) == 4
    assert all(np.sum(entry["confusion"]) > 0 for entry in entries)
    said = Said()
    conduct(question(tmp_path / "b", ledger=ledger), said.display())
    assert said == ["4 runs (2 methods x 2 seeds), 4 finished before: nothing left to train"]
    assert not list((tmp_path / "b").glob("stages/*/done.json"))
    kept = json.loads((tmp_path / "b/runs/baseline/seed-0/report.json").read_text())
    assert kept in entries
    assert [json.loads(line) for line in ledger.read_text().splitlines()] == entries


def test_a_finished_run_is_in_the_ledger_before_the_next_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the sitting: what was finished is not trained again in another folder."""
    path = tmp_path / "runs.jsonl"
    real = ledger.add

    def add(*asked: Any) -> None:
        real(*asked)
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger, "add", add)
    with pytest.raises(KeyboardInterrupt):
        conduct(question(tmp_path / "a", ledger=path, seeds=1, jobs=1), display("silent"))
    (line,) = path.read_text("utf-8").splitlines()
    monkeypatch.undo()
    conduct(question(tmp_path / "b", ledger=path, seeds=1, jobs=1), display("silent"))
    first, second = path.read_text("utf-8").splitlines()
    assert first == line
    assert json.loads(second)["method"] == "thresholding"


def test_every_method_sees_the_same_number_of_updates(tmp_path: Path) -> None:
    conduct(question(tmp_path, methods=CLASSIC, seeds=1), display("silent"))
    updates = {}
    for path in tmp_path.glob("runs/*/*/report.json"):
        report = json.loads(path.read_text())
        updates[report["method"]] = report["updates"]
    once = {n for name, n in updates.items() if not name.startswith("two-phase")}
    assert len(once) == 1
    assert {n for name, n in updates.items() if name.startswith("two-phase")} == {2 * once.pop()}


def test_an_interrupted_comparison_is_described_and_reports_no_older_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted as its first training ends: the older question's rounds are no result of it."""
    conduct(question(tmp_path, seeds=1), display("silent"))
    described = (tmp_path / "experiment.json").read_text()

    def interrupted(setup: object, work: object, before_runs: Callable[[], None]) -> None:
        before_runs()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(limit, "complete", interrupted)
        with pytest.raises(KeyboardInterrupt):
            conduct(question(tmp_path, seeds=1, rounds=3), display("silent"))
    assert json.loads((tmp_path / "experiment.json").read_text())["rounds"] == 3
    assert not list(tmp_path.glob("runs/*/*/report.json"))
    with pytest.raises(DataError, match="none of 2 runs is finished"):
        collect(tmp_path)
    conduct(question(tmp_path, seeds=1), display("silent"))
    again = json.loads((tmp_path / "experiment.json").read_text())
    assert again == json.loads(described)


def test_a_run_is_scored_before_the_next_one_trains(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an interruption leaves finished runs to report."""
    order: list[str] = []
    dispatch = LocalEngine.dispatch

    def noted(self: LocalEngine, tasks: Sequence[Task], *rest: Any) -> dict[str, Outcome]:
        order.extend(f"{type(task).__name__} {task.label}" for task in tasks)
        return dispatch(self, tasks, *rest)

    monkeypatch.setattr(LocalEngine, "dispatch", noted)
    methods = ("baseline", "thresholding", "oversampling")
    conduct(question(tmp_path, methods=methods, seeds=1), display("silent"))
    assert order[-5:] == [
        "StageTask baseline seed-0",
        "RunTask baseline seed-0",
        "RunTask thresholding seed-0",
        "StageTask oversampling seed-0",
        "RunTask oversampling seed-0",
    ]
