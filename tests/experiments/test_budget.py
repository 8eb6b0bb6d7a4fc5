"""A budget: fewer seeds first, then fewer rounds, and the same again after a restart."""

import json
from pathlib import Path
from typing import Any

import pytest

from counterpoise.experiments import budget, pool
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.experiments.tasks import Outcome


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


def question(out: Path, **changes: Any) -> Options:
    given = {
        "dataset": "digits",
        "methods": ("baseline", "thresholding"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 2,
        "rounds": 2,
        "settings": {"model.name": "mlp"},
    }
    return Options.of({**given, **changes})


def test_a_budget_trims_seeds_and_then_rounds_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "RUN_SECONDS", 0.0)

    seconds = 1.0  # an update
    real = pool.dispatch

    def probe_is_slow(tasks: Any, context: Any, jobs: int, *rest: Any) -> Any:
        if tasks and tasks[0].id.startswith("probe:"):
            return {tasks[0].id: Outcome(tasks[0].id, "ok", value=seconds)}
        return real(tasks, context, jobs, *rest)

    monkeypatch.setattr(pool, "dispatch", probe_is_slow)
    said = Said()
    asked = question(tmp_path, seeds=3, rounds=4, budget=30.0, jobs=1)
    conduct(asked, said.display())
    assert "--budget: the budget allows 1 of 3 seeds" in said
    assert "--budget: the budget allows 3 of 4 rounds" in said
    notes = json.loads((tmp_path / "experiment.json").read_text())["notes"]
    assert any("1 of 3 seeds" in note for note in notes)
    said.clear()
    seconds = 9.0  # another timing of the same question changes nothing that was decided
    conduct(asked, said.display())
    assert said == ["2 runs (2 methods x 1 seed), 2 finished before: nothing left to train"]
    assert json.loads((tmp_path / "experiment.json").read_text())["notes"] == notes
