"""The real thing on the digits: compare, resume, report, predict, each as a person types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import counterpoise

pytestmark = pytest.mark.system


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(Path(counterpoise.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-m", "counterpoise.cli", *arguments],
        cwd=cwd, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_compare_resume_report_predict(tmp_path: Path) -> None:
    asked = (
        "compare", "digits", "--methods", "baseline,thresholding", "--profile",
        "step:rho=10,mu=0.5", "--seeds", "1", "--rounds", "4", "--device", "cpu", "--out", "out",
    )  # fmt: skip
    first = command(*asked, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("report: out/report.html\n")
    assert "\nUndecided, as trained too briefly: " in first.stdout
    *_, how, command_line, why = first.stdout.splitlines()
    longer = " ".join(asked).replace("--rounds 4 ", "") + " --rounds 16"
    assert (how, why) == ("Next:", "  trains longer.")
    assert command_line == f"  `counterpoise {longer}`"
    assert "1 distinct training" in first.stderr  # thresholding trains nothing of its own
    page = (tmp_path / "out/report.html").read_bytes()
    assert b"thresholding" in page
    written = json.loads((tmp_path / "out/report.json").read_text())
    assert written["model"].startswith("small-cnn (")
    assert written["model"].endswith(" parameters)")
    values = written["methods"]

    again = command(*asked, "--json", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "nothing left to train" in again.stderr
    said = json.loads(again.stdout)
    assert said["methods"] == values
    assert f"\nSo far the best is {said['best']}: " in first.stdout

    (tmp_path / "out/report.html").unlink()
    made = command("report", "out", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout == first.stdout

    np.save(tmp_path / "x.npy", (load_digits().images[:5, None] * (255 / 16)).astype(np.uint8))
    predicted = command("predict", "out", "x.npy", cwd=tmp_path)
    assert predicted.returncode == 0, predicted.stderr
    assert f"predicted by {said['best']}" in predicted.stderr
    assert len(predicted.stdout.splitlines()) == 5

    other = command(*asked[:-4], "--folds", "2", "--out", "out", cwd=tmp_path)
    assert other.returncode == 2
    assert "--seeds and --folds exclude each other" in other.stderr
    moved = command("compare", "digits", "--out", "out", cwd=tmp_path)
    assert moved.returncode == 2
    assert moved.stderr.startswith("error: out holds another experiment")
