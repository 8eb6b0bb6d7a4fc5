"""A stage's folder: rounds first, then the file that says it is finished."""

import json
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import CheckpointError, NewerSchemaError
from counterpoise.experiments.finished import stage_done
from counterpoise.experiments.worker.stage_folder import finish_stage, read_history
from counterpoise.records import StageRecord

ENDED = StageRecord(
    status="ok",
    error=None,
    updates=4,
    converged=None,
    seconds=0.1,
    evaluation_seconds=0.2,
    wall_seconds=0.3,
)


def row(**changes: Any) -> dict[str, Any]:
    evaluated = {"samples": 2, "loss": None, "g_mean": 0.1, "recall": [0.1 + 0.2, None]}
    given = {"round": 1, "updates": 4, "train_loss": 1 / 3, "lr": 0.1, "validation": evaluated}
    return {**given, "seconds": 0.5, "evaluation_seconds": 0.25, **changes}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert stage_done(tmp_path / "stage") is None
    assert read_history(tmp_path / "stage") == []
    contrast = {"samples": 2, "loss": 0.5, "recall": [1.0, 0.0], "f1": [0.5, 0.25]}
    rows = [row(), row(round=2, shares=(0.5, 0.5), contrast=contrast)]
    finish_stage(tmp_path / "stage", rows, ENDED)
    assert stage_done(tmp_path / "stage") == ENDED
    first, second = read_history(tmp_path / "stage")
    assert first.train_loss == 1 / 3
    assert first.validation is not None
    assert first.validation.recall == (0.1 + 0.2, None)
    assert (second.shares, second.contrast and second.contrast.f1) == ((0.5, 0.5), (0.5, 0.25))
    lines = (tmp_path / "stage" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"schema": 1, **rows[0]},
        {"schema": 1, **rows[1], "shares": [0.5, 0.5]},
    ]


def test_a_stage_from_before_the_schema_number_is_finished(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_text(json.dumps(row()) + "\n")
    done = ENDED.as_json()
    del done["schema"]
    (tmp_path / "done.json").write_text(json.dumps(done))
    assert stage_done(tmp_path) == ENDED
    assert [found.updates for found in read_history(tmp_path)] == [4]


def test_nothing_that_a_round_records_is_lost_in_silence(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"no place for {'gradient'}"):
        finish_stage(tmp_path, [row(gradient=1.0)], ENDED)
    assert stage_done(tmp_path) is None


def test_a_metric_that_was_added_to_the_package_is_kept(tmp_path: Path) -> None:
    finish_stage(tmp_path, [row(validation={"samples": 2, "loss": None, "added": 0.25})], ENDED)
    (found,) = read_history(tmp_path)
    assert found.validation is not None
    assert found.validation.plain()["added"] == 0.25


def test_damage_names_the_line_and_a_newer_version_is_not_trained_over(tmp_path: Path) -> None:
    finish_stage(tmp_path, [row(), row()], ENDED)
    path = tmp_path / "history.jsonl"
    path.write_text(path.read_text() + '{"round": 3}\n')
    with pytest.raises(CheckpointError, match=r"history\.jsonl, line 3 .*'updates' is missing"):
        read_history(tmp_path)
    (tmp_path / "done.json").write_text('{"schema": 2}')
    with pytest.raises(NewerSchemaError, match=r"done\.json was written by a newer counterpoise"):
        stage_done(tmp_path)
