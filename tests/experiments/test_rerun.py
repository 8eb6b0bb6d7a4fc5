"""The same question again: answered from what lies there, without loading what trains."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import DataError
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines.local import LocalEngine
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.experiments.tasks import CheckTask, Outcome, ProbeTask
from counterpoise.report import collect

SCRIPT = """
import sys
from multiprocessing import forkserver

from counterpoise.cli import main

code = main(sys.argv[1:])
heavy = [name for name in ("torch", "sklearn", "pandas", "matplotlib") if name in sys.modules]
server = forkserver._forkserver._forkserver_pid
print(code, heavy, server, file=sys.stderr)
"""


def figures(out: Path) -> list[str]:
    page = (out / "report.html").read_text("utf-8")
    return re.findall(r'<svg class="panel".*?</svg>', page, re.DOTALL)


@pytest.mark.parametrize("asked", ["--set optimizer.lr=0.05", "--tune 2"])
def test_an_identical_rerun_loads_neither_torch_nor_a_plotting_library(
    asked: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = ["compare", "digits", "--methods", "baseline,oversampling", "--rounds", "1"]
    command += ["--seeds", "1", *asked.split(), "--out", str(out)]
    once = [sys.executable, "-c", SCRIPT, *command]  # what it advises repeats how it was called
    subprocess.run(once, capture_output=True, text=True, check=True)
    first = json.loads((out / "report.json").read_text())
    drawn = figures(out)
    assert drawn
    again = subprocess.run(once, capture_output=True, text=True, check=True)
    assert again.stderr.splitlines()[-1] == "0 [] None"
    assert "finished before: nothing left to train" in again.stderr
    assert figures(out) == drawn
    # How it was called is a fact of the report; all else is as it was.
    assert json.loads((out / "report.json").read_text()) | {"command": ""} == first | {
        "command": ""
    }


def test_old_results_are_reported_until_new_ones_take_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With other settings: whatever is reported is of one question, and nothing goes silently."""

    def compare(rounds: int) -> None:
        asked = {"dataset": "digits", "methods": "baseline", "out": tmp_path, "seeds": 1}
        asked |= {"model": "mlp", "jobs": 1, "device": "cpu", "rounds": rounds}
        conduct(Options.of(asked), display("plain"))

    compare(1)
    assert "finished run" not in capsys.readouterr().err
    before = collect(tmp_path)
    recipe = (tmp_path / "runs" / "baseline" / "seed-0" / "recipe.toml").read_text()
    ended: list[Outcome] = []

    real = LocalEngine.dispatch

    def interrupted(self: LocalEngine, tasks: Any, *rest: Any) -> Any:
        if isinstance(tasks[0], CheckTask | ProbeTask):
            return real(self, tasks, *rest)
        tell: Callable[[Any], None] = rest[2]
        for outcome in ended:
            tell(outcome)
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalEngine, "dispatch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compare(2)
    assert (
        "1 finished run is of other settings or versions and is trained again"
        in capsys.readouterr().err
    )
    again = collect(tmp_path)
    assert again.experiment.rounds == 1
    assert again.unfinished == ()
    assert again.methods == before.methods
    assert (tmp_path / "runs" / "baseline" / "seed-0" / "recipe.toml").read_text() == recipe
    ended.append(Outcome("a stage", "ok"))
    with pytest.raises(KeyboardInterrupt):
        compare(2)
    with pytest.raises(DataError, match="none of 1 runs is finished"):
        collect(tmp_path)


def test_what_needs_no_training_takes_its_place_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another rule behind the same network: nothing of the older question is left beside it."""

    def compare(**settings: float) -> None:
        asked = {"dataset": "digits", "methods": "la-posthoc", "out": tmp_path, "seeds": 1}
        asked |= {"model": "mlp", "jobs": 1, "device": "cpu", "rounds": 1, "progress": "silent"}
        asked["settings"] = {f"la-posthoc.{key}": value for key, value in settings.items()}
        conduct(Options.of(asked), display("silent"))

    real = LocalEngine.dispatch

    def interrupted(self: LocalEngine, tasks: Any, *rest: Any) -> Any:
        if isinstance(tasks[0], CheckTask | ProbeTask):
            return real(self, tasks, *rest)
        raise KeyboardInterrupt

    compare(tau=1.0)
    monkeypatch.setattr(LocalEngine, "dispatch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compare(tau=0.5)
    with pytest.raises(DataError, match="none of 1 runs is finished"):
        collect(tmp_path)
