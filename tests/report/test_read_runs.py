"""Reading run folders: what is damaged is named, what is missing makes a run failed."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from counterpoise import npz
from counterpoise.errors import DataError, NewerSchemaError
from counterpoise.metrics.names import REVISIONS
from counterpoise.npz import StoredTable, open_tables
from counterpoise.report import collect, read_runs
from counterpoise.report.plots import figures_of

Make = Callable[..., Path]


def change(path: Path, **entries: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_folder_without_experiment(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no experiment\.json; name the folder"):
        collect(tmp_path)


def test_damaged_json_is_named(make: Make) -> None:
    out = make()
    (out / "experiment.json").write_text('{"schema": 1, "data')
    with pytest.raises(DataError, match=r"experiment\.json is damaged: it is not JSON"):
        collect(out)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"schema": 2},
            r"experiment\.json was written by a newer counterpoise .schema 2; this ver",
        ),
        ({"dataset": 5}, "'dataset' should be a valid string; got 5"),
        (
            {"counts": ["a", "b", "c"]},
            "'counts.0' should be a valid integer; got \"a\"; 'counts.1' ",
        ),
        ({"counts": [1, 2]}, "'counts' has one entry for each of 3 classes"),
        ({"select": "balanced_acuracy"}, "did you mean 'balanced_accuracy'"),
        ({"methods": []}, "'methods' should have at least 1 item"),
        ({"n_validation": [1]}, "'n_validation' should be a valid object; got .1."),
    ],
)
def test_wrong_entries_are_named(make: Make, entries: dict[str, object], message: str) -> None:
    out = make()
    change(out / "experiment.json", **entries)
    with pytest.raises(ValueError, match=message):
        collect(out)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"method": "oversampling", "tit', "report.json is damaged: it is not JSON"),
        ("[]", "report.json is damaged: it holds one JSON object; got []"),
        ('{"title": "T", "split": "seed-1"}', "'method' is missing; 'status' is missing (delete"),
        (
            '{"method": "m", "title": "T", "split": "s", "status": "fine"}',
            "'status' should be 'ok', 'diverged' or 'failed'; got \"fine\"",
        ),
    ],
)
def test_a_damaged_run_is_failed_with_its_file_and_keys(
    make: Make, text: str, message: str
) -> None:
    out = make()
    (out / "runs/oversampling/seed-1/report.json").write_text(text)
    report = collect(out)
    method = next(m for m in report.methods if m.name == "oversampling")
    assert method.status == "failed"
    assert str(method.error).startswith("seed-1: ")
    assert message in str(method.error)
    assert report.best == "baseline"


@pytest.mark.parametrize("file", ["report.json", "metrics.jsonl"])
def test_a_run_of_a_newer_version_is_refused(make: Make, file: str) -> None:
    out = make()
    (out / "runs/baseline/seed-0" / file).write_text('{"schema": 2}')
    with pytest.raises(NewerSchemaError, match=f"{file}.* was written by a newer counterpoise"):
        collect(out)


def test_outputs_that_are_not_finite_fail_the_run_only(make: Make) -> None:
    out = make()
    path = out / "runs/oversampling/seed-2/outputs.npz"
    with np.load(path) as arrays:
        outputs = dict(arrays)
    outputs["test_scores"][3, 0] = np.nan
    np.savez(path, **outputs)
    report = collect(out)
    method = next(m for m in report.methods if m.name == "oversampling")
    assert method.status == "failed"
    assert "scores are finite; 1 of 60 rows are not" in str(method.error)
    assert report.best == "baseline"


def test_truncated_outputs_fail_the_run_only(make: Make) -> None:
    out = make()
    path = out / "runs/oversampling/seed-2/outputs.npz"
    path.write_bytes(path.read_bytes()[:200])
    report = collect(out)
    method = next(m for m in report.methods if m.name == "oversampling")
    assert "cannot read" in str(method.error)


def test_history_cut_off_by_a_crash_is_read_up_to_there(make: Make) -> None:
    out = make(rounds=4)
    path = out / "runs/baseline/seed-0/metrics.jsonl"
    path.write_text(path.read_text()[:-30])
    assert len(collect(out).runs["baseline"][0].history) == 3


def test_confusion_of_a_ledger_is_read_whole_or_by_its_cells(make: Make) -> None:
    out = make(methods={"baseline": {"no_outputs": True}})
    before = collect(out).methods[0]
    path = out / "runs/baseline/seed-0/report.json"
    table = np.array(json.loads(path.read_text())["confusion"])
    rows, columns = (part.tolist() for part in np.nonzero(table))
    cells = {"num_classes": 3, "rows": rows, "columns": columns}
    change(path, confusion={**cells, "counts": table[rows, columns].tolist()})
    after = collect(out).methods[0]
    assert before.confusion is not None
    assert after.confusion == before.confusion
    assert after.recall == before.recall


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        ({"num_classes": 3, "rows": [0], "columns": [0]}, "'confusion.cells.counts' is missing"),
        ({"num_classes": 3, "rows": [0], "columns": [3], "counts": [1]}, "got 3..3"),
        ({"num_classes": 4, "rows": [0], "columns": [0], "counts": [1]}, "3 classes; got 4"),
        ([[1, 0], [0, 1]], "3 classes; got 2"),
    ],
)
def test_damaged_confusion_fails_the_run_only(make: Make, confusion: object, message: str) -> None:
    out = make(methods={"baseline": {}, "kept": {"no_outputs": True}})
    change(out / "runs/kept/seed-1/report.json", confusion=confusion)
    report = collect(out)
    assert report.best == "baseline"
    kept = next(method for method in report.methods if method.name == "kept")
    assert kept.status == "failed"
    assert message in str(kept.error)


def test_scores_that_stay_on_disk_give_the_same_report(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    methods = {"baseline": {}, "cooled": {"temperature": 3.0}, "svm": {"margins": True}}
    out = make(methods={**methods, "twin": {"twin": "baseline"}})
    whole = collect(out)
    monkeypatch.setattr(read_runs, "open_tables", partial(open_tables, large=0))
    monkeypatch.setattr(npz, "BLOCK", 100)
    blocks = collect(out)
    test = blocks.runs["cooled"][0].test
    assert test is not None
    assert isinstance(test.scores, StoredTable)
    assert blocks.as_json() == whole.as_json()
    assert figures_of(blocks) == figures_of(whole)


def test_values_of_margins_by_an_earlier_definition_are_left_out_and_said(make: Make) -> None:
    """A ledger line of before ranked two margins column by column; its scores are gone."""
    change = {"margins": True, "no_outputs": True}
    methods = {"baseline": {"no_outputs": True}, "cnsvm": change}
    methods["cnusvm"] = {**change, "revisions": REVISIONS}
    report = collect(make(methods=methods, counts=(200, 20), experiment={"select": "auc"}))
    found = {method.name: method for method in report.methods}
    old, new = found["cnsvm"], found["cnusvm"]
    assert old.metrics["auc"].mean is None
    assert old.validation["average_precision"].mean is None
    assert old.metrics["g_mean"].mean is not None
    assert old.rank is None
    assert any("macro AUC and average precision are left out" in note for note in old.notes)
    assert new.metrics["auc"].mean is not None
    assert new.rank is not None
    assert not new.notes
    assert found["baseline"].metrics["auc"].mean is not None


def test_margins_of_more_classes_keep_what_a_ledger_says(make: Make) -> None:
    change = {"margins": True, "no_outputs": True}
    report = collect(make(methods={"baseline": {}, "cnsvm": change}))
    assert next(m for m in report.methods if m.name == "cnsvm").metrics["auc"].mean is not None
