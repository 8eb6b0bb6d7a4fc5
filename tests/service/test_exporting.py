"""Commands in a child process, and what they say when they fail."""

import os

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.service import exporting
from counterpoise.service.exporting import exported, exported_mean, run_counterpoise


def test_what_was_exported_is_taken(tmp_path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "export.json").write_text("{}")
    assert exported(tmp_path / "predictor") == tmp_path / "onnx"


def test_a_mean_of_runs_is_exported_again_only_where_the_report_is_newer(
    tmp_path, monkeypatch
) -> None:
    said = []
    monkeypatch.setattr(exporting, "run_counterpoise", lambda *words: said.append(words))
    (tmp_path / "report.json").write_text("{}")
    assert exported_mean(tmp_path) == tmp_path / "onnx"
    assert said == [("export", str(tmp_path))]
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "export.json").write_text("{}")
    exported_mean(tmp_path)
    assert len(said) == 1
    os.utime(tmp_path / "onnx" / "export.json", (1, 1))
    exported_mean(tmp_path)
    assert len(said) == 2


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(ArgumentError, match=r"counterpoise show failed: .*no-such-method"):
        run_counterpoise("show", "no-such-method")
