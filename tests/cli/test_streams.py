"""No character ends a command: what a terminal lacks is shown as "?"."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.cli import main
from counterpoise.cli.streams import forgive_encodings

LINE = "a – b ± caf\udce9 日本"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "a – b ± caf? 日本"),
        ("latin-1", "a ? b ± caf? ??"),
        ("ascii", "a ? b ? caf? ??"),
        ("cp1252", "a – b ± caf? ??"),
    ],
)
def test_what_an_encoding_lacks_is_a_question_mark(
    encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdout", "stderr"):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, name, stream)
        with pytest.raises(UnicodeEncodeError):
            stream.write(LINE)
        forgive_encodings()
        stream.write(LINE)
        stream.flush()
        assert stream.buffer.getvalue().decode(encoding) == shown  # type: ignore[attr-defined]


def test_streams_that_are_no_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    forgive_encodings()


def test_every_command_forgives(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["ls", "metrics"]) == 0
    assert stream.errors == "replace"


@pytest.mark.system
def test_a_comparison_ends_well_on_a_latin_terminal_with_names_that_are_no_text(
    tmp_path: Path,
) -> None:
    rng = np.random.default_rng(0)
    for k, name in enumerate((b"caf\xe9", b"caf\xe8")):
        folder = os.path.join(os.fsencode(tmp_path), b"d\xff", name)
        os.makedirs(folder)
        for i in range(24 - 8 * k):
            pixels = (rng.integers(0, 60, (8, 8)) + 100 * k).astype(np.uint8)
            Image.fromarray(pixels).save(os.fsdecode(os.path.join(folder, b"%d.png" % i)))
    arguments = ["compare", "d\udcff", "--methods", "baseline", "--seeds", "1", "--rounds", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "counterpoise", *arguments, "--out", "out"],
        cwd=tmp_path,
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
    )
    assert done.returncode == 0, done.stderr.decode("latin-1")
    assert "caf\\xe8" in done.stdout.decode("latin-1")
    for name in (
        "report.json",
        "report.html",
        "experiment.json",
        "runs/baseline/seed-0/recipe.toml",
    ):
        assert "d\\xff" in (tmp_path / "out" / name).read_text("utf-8").replace("\\\\", "\\")
