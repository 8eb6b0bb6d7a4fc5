"""Rounds hold what the loop records of them; a damaged stage says what to do."""

from pathlib import Path

import pytest

from counterpoise.errors import CheckpointError
from counterpoise.metrics import METRICS
from counterpoise.records import EvaluationPart, StageRecord


def test_a_round_has_a_place_for_every_metric() -> None:
    assert set(METRICS) <= set(EvaluationPart.model_fields)


def test_a_damaged_stage_says_that_it_is_trained_again(tmp_path: Path) -> None:
    path = tmp_path / "done.json"
    path.write_text('{"status": "failed", "error": null, "updates": 1')
    with pytest.raises(CheckpointError, match=r"done\.json is damaged: .*the stage is trained aga"):
        StageRecord.read(path)
    path.write_text('{"status": "failed"}')
    with pytest.raises(CheckpointError, match="'status' should be 'ok' or 'diverged'; got"):
        StageRecord.read(path)
