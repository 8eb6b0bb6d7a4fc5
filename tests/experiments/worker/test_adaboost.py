"""AdaBoost over networks and over trees: weights, what is shared, resumed, accepted and shown."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import counterpoise
from counterpoise import data
from counterpoise.experiments import identity
from counterpoise.experiments.plan import Grid, Work, plan
from counterpoise.experiments.worker.adaboost import LEAST, reweighed
from counterpoise.predict import Ensemble, load
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.schema import Value

BOTH = ["baseline", "adaboost-cnn", "adaboost-tree"]


def reweighed_slowly(weight, probabilities, target, rate):
    """Sample by sample, class by class."""
    classes = probabilities.shape[1]
    new = []
    for w, row, k in zip(weight, probabilities, target, strict=True):
        inner = 0.0
        for j in range(classes):
            code = 1.0 if j == k else -1.0 / (classes - 1)
            inner += code * math.log(max(float(row[j]), LEAST))
        new.append(w * math.exp(-rate * (classes - 1) / classes * inner))
    mean = sum(new) / len(new)
    return [w / mean for w in new]


@pytest.mark.parametrize("rate", [1.0, 0.3])
@pytest.mark.parametrize("classes", [2, 5])
def test_weights_change_as_in_a_slow_loop(classes: int, rate: float) -> None:
    random = np.random.default_rng(classes)
    probabilities = random.dirichlet(np.full(classes, 0.3), size=40)
    probabilities[0] = np.eye(classes)[1]  # sure, and wrong
    target = random.integers(0, classes, 40)
    target[0] = 0
    weight = random.uniform(0.2, 3, 40)
    found = reweighed(weight, probabilities, target, rate)
    np.testing.assert_allclose(found, reweighed_slowly(weight, probabilities, target, rate))
    assert found.mean() == pytest.approx(1)


def test_who_says_nothing_changes_nothing() -> None:
    weight = np.array([0.5, 1.5])
    np.testing.assert_allclose(
        reweighed(weight, np.full((2, 4), 0.25), np.array([0, 3]), 1), weight
    )


def test_no_weight_overflows_or_ends() -> None:
    weight, sure = np.ones(4), np.eye(2)[[1, 0, 0, 0]].astype(np.float32)
    for _ in range(60):  # the first sample is always wrong, the others always right
        weight = reweighed(weight, sure, np.zeros(4, dtype=np.int64), 1.0)
        assert np.isfinite(weight).all()
    assert weight[0] == pytest.approx(4)


def planned(*names: str, seeds: int = 1, **settings: Value) -> Work:
    given = {key.replace("__", "."): value for key, value in settings.items()}
    dataset = data.load("digits")
    splits = data.make_splits(dataset, data.parse("step:rho=20,mu=0.5"), seeds=range(seeds))
    numbered = {split.name: number for number, split in enumerate(splits)}
    grid = Grid("image", (1, 8, 8), dataset.checksum, {"profile": splits}, numbered, "cpu", 1)
    return plan(load_methods(names, {}, given), grid)


@pytest.mark.parametrize(("rounds", "updates", "note"), [(12, 12, "share the updates"), (3, 5, "")])
def test_members_share_the_rounds(rounds: int, updates: int, note: str) -> None:
    work = planned("adaboost-cnn", train__rounds=rounds)
    each = work.runs[0].recipe.train.updates_per_round
    assert len(work.stages) == 5
    assert sum(stage.updates for stage in work.stages) == updates * each
    assert [stage.parent for stage in work.stages[1:]] == [stage.id for stage in work.stages[:-1]]
    assert note in work.runs[0].notes[0]
    assert ("1.66667 times the updates" in work.runs[0].notes[0]) == (rounds == 3)


def test_the_learning_rate_of_boosting_leaves_the_first_member_alone() -> None:
    usual, slower = (
        [stage.id for stage in planned("adaboost-cnn", **settings).stages]
        for settings in ({}, {"adaboost-cnn__boosting__learning_rate": 0.5})
    )
    assert usual[0] == slower[0]
    assert not set(usual[1:]) & set(slower[1:])


def test_trees_are_named_after_who_fits_them_and_not_after_rounds(monkeypatch) -> None:
    before = planned("adaboost-tree").stages[0]
    assert before.updates == 0
    assert planned("adaboost-tree", train__rounds=7).stages[0].id == before.id
    deeper = planned("adaboost-tree", **{"adaboost-tree__model__depth": 4})
    assert deeper.stages[0].id != before.id
    version = identity.importlib.metadata.version
    changed = {"scikit-learn": "99.0"}
    monkeypatch.setattr(
        identity.importlib.metadata, "version", lambda name: changed.get(name) or version(name)
    )
    assert planned("adaboost-tree").stages[0].id != before.id


def compared(out: Path, **options: Any) -> Any:
    given: dict[str, Any] = {
        "methods": BOTH,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 1,
        "rounds": 6,
        "jobs": 1,
        "settings": {
            "model.name": "mlp",
            "adaboost-cnn.boosting.members": 3,
            "adaboost-tree.model.members": 8,
        },
        "progress": "silent",
    }
    return counterpoise.compare("digits", out=out, **given | options)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("boosted") / "out"
    compared(out, ledger=out.parent / "runs.jsonl")
    return out


def stages_of(out: Path, method: str) -> list[Path]:
    run = json.loads((out / "runs" / method / "seed-0" / "report.json").read_text())
    return [out / "stages" / identity for identity in run["stages"]]


def test_rows_stand_beside_the_others(folder: Path) -> None:
    report = counterpoise.report.collect(folder)
    rows = {method.name: method for method in report.methods}
    assert {name: row.status for name, row in rows.items()} == dict.fromkeys(BOTH, "ok")
    assert {row.rank for row in rows.values()} == {1, 2, 3}
    assert rows["adaboost-tree"].updates == 0
    assert rows["adaboost-tree"].learning_rate is None
    assert rows["adaboost-cnn"].updates == rows["baseline"].updates
    assert rows["adaboost-tree"].vs_baseline["balanced_accuracy"].interval is not None
    said = " ".join(report.warnings)
    assert "a model of its own, trees, members 8, where others have mlp: adaboost-tree" in said
    assert any("its 3 members share the updates" in note for note in rows["adaboost-cnn"].notes)


def test_each_member_begins_with_the_last_and_meets_its_faults_more(folder: Path) -> None:
    first, second, third = stages_of(folder, "adaboost-cnn")
    assert not (first / "weights.npy").exists()
    members = Ensemble.load(folder, "adaboost-cnn").members[0].members
    with np.load(folder / "splits" / "seed-0.npz") as split:
        train = split["train"]
    digits = data.load("digits")
    X, y = digits.inputs.read(train), digits.labels[train]
    weight = np.ones(len(y))
    for member, stage in zip(members, (second, third), strict=False):
        weight = reweighed(weight, member.predict(X).probabilities, y, 1.0)
        np.testing.assert_allclose(np.load(stage / "weights.npy"), weight, rtol=1e-4)
    assert weight.std() > 0.1


def test_what_was_saved_decides_as_the_report_says(folder: Path) -> None:
    with np.load(folder / "splits" / "seed-0.npz") as split:
        images = data.load("digits").inputs.read(split["test"])
    for method in BOTH:
        run = folder / "runs" / method / "seed-0"
        with np.load(run / "outputs.npz") as outputs:
            expected = outputs["test_probabilities"]
        found = load(run / "predictor").predict(images)
        np.testing.assert_allclose(found.probabilities, expected, atol=2e-6)


def test_an_interrupted_member_goes_on_to_the_same_bits(folder: Path) -> None:
    last = stages_of(folder, "adaboost-cnn")[-1]
    before = (last / "model.safetensors").read_bytes()
    outputs = folder / "runs" / "adaboost-cnn" / "seed-0" / "outputs.npz"
    for path in (last / "done.json", last / "model.safetensors", outputs.with_name("report.json")):
        path.unlink()
    times = {path: path.stat().st_mtime_ns for path in folder.glob("stages/*/done.json")}
    compared(folder)
    assert (last / "model.safetensors").read_bytes() == before
    assert times == {path: path.stat().st_mtime_ns for path in times}


def test_the_ledger_stands_in_for_both(folder: Path, tmp_path: Path) -> None:
    report = compared(tmp_path / "again", ledger=folder.parent / "runs.jsonl")
    assert not list((tmp_path / "again").glob("stages/*/done.json"))
    assert {method.status for method in report.methods} == {"ok"}
    assert all(method.over_splits_only for method in report.methods)


def test_trees_alone_are_compared(tmp_path: Path) -> None:
    few = {"adaboost-tree.model.members": 8}
    report = compared(tmp_path, methods=["adaboost-tree"], settings=few, tune=3)
    assert report.best == "adaboost-tree"
    assert report.experiment.updates is None


def test_a_first_tree_no_better_than_chance_says_so(tmp_path: Path) -> None:
    np.savez(tmp_path / "same.npz", x_train=np.zeros((80, 3), "f4"), y_train=np.arange(80) % 2)
    report = counterpoise.compare(
        tmp_path / "same.npz",
        methods=["adaboost-tree"],
        profile="counts:20,20",
        seeds=1,
        out=tmp_path / "out",
        progress="silent",
    )
    (row,) = report.methods
    assert row.status == "failed"
    assert "scikit-learn cannot fit trees on these data" in str(row.error)
