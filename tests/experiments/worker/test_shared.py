"""One training in two processes, asked for on the command line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from counterpoise.errors import ArgumentError
from counterpoise.experiments import machine
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.identity import stage_settings
from counterpoise.experiments.option_words import on_command_line
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.recipes.load import load_methods
from counterpoise.recipes.resolve import resolve

ASKED = (
    "compare", "digits", "--profile", "step:rho=10,mu=0.5", "--methods", "oversampling",
    "--model", "mlp", "--seeds", "1", "--rounds", "2", "--jobs", "1",
)  # fmt: skip


def counterpoise(*words: str) -> str:
    done = subprocess.run(
        (sys.executable, "-m", "counterpoise", *words), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


def history(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.system
def test_two_devices_train_what_one_does(tmp_path: Path) -> None:
    counterpoise(*ASKED, "--out", str(tmp_path / "one"))
    said = counterpoise(*ASKED, "--devices", "2", "--out", str(tmp_path / "two"))
    assert "shares its batches among 2 processes" in said
    alone, shared = (
        tmp_path / name / "runs" / "oversampling" / "seed-0" for name in ("one", "two")
    )
    for first, second in zip(history(alone), history(shared), strict=True):
        assert second["updates"] == first["updates"]
        assert second["train_loss"] == pytest.approx(first["train_loss"], rel=1e-4)
    scores = [np.load(run / "outputs.npz")["test_scores"] for run in (alone, shared)]
    np.testing.assert_allclose(scores[1], scores[0], atol=1e-3)
    reports = [json.loads((run / "report.json").read_text()) for run in (alone, shared)]
    assert reports[0]["identity"] != reports[1]["identity"]
    folder = tmp_path / "two" / "runs" / "oversampling" / "seed-0"
    assert "devices = 2" in (folder / "recipe.toml").read_text()
    (folder / "report.json").unlink()
    assert "oversampling seed-0: ok" in counterpoise("run", str(folder))
    identity = json.loads((folder / "report.json").read_text())["identity"]
    assert identity == reports[1]["identity"], "nothing was trained again"


def test_identities_of_one_device_are_as_before() -> None:
    (recipe,) = load_methods(("baseline",), {}, {})
    resolved = resolve(recipe, "image", (1, 8, 8), 100)
    given = {"data": "d", "seed": 0, "device": "cpu", "threads": 1, "parent": None}
    one = stage_settings(resolved, 0, **given)  # type: ignore[arg-type]
    two = stage_settings(resolved, 0, **given, devices=2)  # type: ignore[arg-type]
    assert "devices" not in one
    assert two == {**one, "devices": 2}


def test_what_cannot_be_shared_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"dataset": "digits", "methods": "baseline", "seeds": 1, "rounds": 1, "out": tmp_path}
    with pytest.raises(ArgumentError, match="--engine ray has one for each training"):
        Options.of({**asked, "devices": 2, "engine": "ray"}, on_command_line)
    with pytest.raises(ArgumentError, match="--devices is at least 1; got 0"):
        Options.of({**asked, "devices": 0}, on_command_line)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    with pytest.raises(ArgumentError, match=r"3 devices are to share .* there are 2 cores"):
        conduct(Options.of({**asked, "devices": 3}), display("silent"))
    with pytest.raises(ArgumentError, match="'cuda:1' is a single one"):
        machine.require_devices("cuda:1", 2)


@pytest.mark.system
def test_a_fault_in_one_process_is_said_as_that_of_a_training(tmp_path: Path) -> None:
    """Its sentence, not the traceback of a process; and it does not wait for the other one."""
    options = Options.of(
        {"dataset": "digits", "methods": ("baseline",), "seeds": 1, "rounds": 1, "jobs": 1,
         "out": tmp_path / "out", "devices": 2, "settings": {"optimizer.lr": 1e30}}
    )  # fmt: skip
    (outcome,) = conduct(options, display("silent")).values()
    assert outcome.status == "diverged"
    assert outcome.error is not None
    assert outcome.error.startswith("the training loss became")
