"""Commands in a child process, and what they say when they fail."""

import json
import os

import pytest

from counterpoise.errors import ArgumentError, CheckpointError
from counterpoise.service import exporting
from counterpoise.service.exporting import exported, exported_mean, run_counterpoise


def test_what_was_exported_is_taken(tmp_path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "export.json").write_text("{}")
    assert exported(tmp_path / "predictor") == tmp_path / "onnx"


def test_a_mean_of_runs_is_exported_again_only_where_the_runs_are_others(
    tmp_path, monkeypatch
) -> None:
    """It went by file times, which a copy changes; and other runs were refused a folder in use."""
    said = []

    def run(*words: str) -> None:
        said.append(words)
        folder = tmp_path / words[-1]
        folder.mkdir()
        (folder / "export.json").write_text("{}")

    def predictor(name: str, weights: str):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        (folder / "predictor.json").write_text(json.dumps({"weights_sha256": weights}))
        return folder

    monkeypatch.setattr(exporting, "run_counterpoise", run)
    runs = [predictor("seed-0", "a"), predictor("seed-1", "b")]
    first = exported_mean(tmp_path, runs)
    assert said == [("export", str(tmp_path), "--out", str(first))]
    os.utime(first / "export.json", (1, 1))
    (tmp_path / "report.json").write_text("{}")
    assert exported_mean(tmp_path, runs) == first
    assert len(said) == 1, "a report that is newer says the same runs"
    predictor("seed-1", "c")
    second = exported_mean(tmp_path, runs)
    assert second != first
    assert exported_mean(tmp_path, runs[:1]) not in (first, second)
    assert len(said) == 3
    predictor("seed-1", "b")
    assert exported_mean(tmp_path, runs) == first
    assert len(said) == 3
    (runs[0] / "predictor.json").unlink()
    with pytest.raises(CheckpointError, match=r"cannot read .*predictor\.json: No such file"):
        exported_mean(tmp_path, runs)


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(ArgumentError, match=r"counterpoise show failed: .*no-such-method"):
        run_counterpoise("show", "no-such-method")
