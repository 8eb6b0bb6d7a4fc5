"""Commands in a child process, and what they say when they fail."""

import pytest

from counterpoise.errors import ArgumentError
from counterpoise.service.exporting import exported, run_counterpoise


def test_what_was_exported_is_taken(tmp_path) -> None:
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "export.json").write_text("{}")
    assert exported(tmp_path / "predictor") == tmp_path / "onnx"


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(ArgumentError, match=r"counterpoise show failed: .*no-such-method"):
        run_counterpoise("show", "no-such-method")
