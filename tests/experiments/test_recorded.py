"""What is written down of training and test samples, and that nothing goes by it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import counterpoise
from counterpoise.experiments.ledger import read
from counterpoise.records import RoundRecord, RunRecord

METHODS = "baseline,thresholding"


def compared(out: Path, **settings: Any) -> Any:
    return counterpoise.compare(
        "digits",
        methods=METHODS,
        profile="step:rho=10,mu=0.5",
        seeds=1,
        rounds=4,
        jobs=1,
        settings={"model.name": "mlp", "train.checkpoint": "best", **settings},
        progress="silent",
        out=out,
        ledger=out.parent / "runs.jsonl",
    )


pytestmark = pytest.mark.system  # trainings of some seconds


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same comparison without and with records of every round, of one ledger."""
    home = tmp_path_factory.mktemp("recorded")
    compared(home / "usual")
    compared(home / "rounds", **{"train.record": "rounds"})
    return home / "usual", home / "rounds"


def history(out: Path, method: str = "baseline") -> list[RoundRecord]:
    path = out / "runs" / method / "seed-0" / "metrics.jsonl"
    return [RoundRecord.parse(line, "a line") for line in path.read_text().splitlines()]


def test_every_round_says_training_and_test_and_chooses_as_before(folders) -> None:
    usual, rounds = folders
    assert all(row.training is None and row.test is None for row in history(usual))
    for row in history(rounds):
        assert row.training is not None
        assert row.test is not None
        assert row.training.samples > row.test.samples
    (before, after) = (next(out.glob("stages/*/model.safetensors")) for out in folders)
    assert before.parent.name != after.parent.name
    assert before.read_bytes() == after.read_bytes()
    assert [row.validation for row in history(usual)] == [row.validation for row in history(rounds)]


def test_the_last_round_of_training_is_what_the_run_says(folders) -> None:
    _, out = folders
    report = RunRecord.read(out / "runs/baseline/seed-0/report.json")
    kept = max(history(out), key=lambda row: row.validation.balanced_accuracy)  # type: ignore
    assert report.training_values is not None
    assert report.training_values["accuracy"] == pytest.approx(kept.training.accuracy)  # type: ignore


def test_training_is_decided_as_test_is(folders) -> None:
    """Thresholding divides training scores by the prior, too."""
    _, out = folders
    values = {
        method: RunRecord.read(out / f"runs/{method}/seed-0/report.json").training_values
        for method in ("baseline", "thresholding")
    }
    assert values["baseline"] != values["thresholding"]


def test_the_report_has_the_gap_and_the_ledger_the_numbers(folders) -> None:
    usual, out = folders
    made = counterpoise.report.collect(out)
    baseline = next(m for m in made.methods if m.name == "baseline")
    assert baseline.training is not None
    assert baseline.training["accuracy"].mean > 0
    made.write(out)
    assert "Training samples and test" in (out / "report.html").read_text("utf-8")
    plain = counterpoise.report.collect(usual)
    assert all(method.training is None for method in plain.methods)
    plain.write(usual)
    assert "Training samples and test" not in (usual / "report.html").read_text("utf-8")
    kept = [entry.record.training_values for entry in read(out.parent / "runs.jsonl").values()]
    assert [values is None for values in kept] == [True, True, False, False]


def test_only_the_end_trains_nothing_again(folders, tmp_path) -> None:
    usual, _ = folders
    before = {path.name: path.stat().st_mtime_ns for path in usual.glob("stages/*/done.json")}
    report = compared(usual, **{"train.record": "training"})
    after = {path.name: path.stat().st_mtime_ns for path in usual.glob("stages/*/done.json")}
    assert before == after
    assert report.methods[0].training is not None
    with np.load(usual / "runs/baseline/seed-0/outputs.npz") as outputs:
        assert not any(key.startswith("training") for key in outputs)


def test_an_old_report_without_the_key_is_read(folders) -> None:
    usual, _ = folders
    path = usual / "runs/baseline/seed-0/report.json"
    table = json.loads(path.read_text("utf-8"))
    table.pop("training_values", None)
    assert RunRecord.parse(json.dumps(table), "it").training_values is None
