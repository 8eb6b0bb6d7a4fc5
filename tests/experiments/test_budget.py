"""What is said before training."""

from pathlib import Path
from typing import Any

import pytest

from counterpoise.experiments import budget
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.engines.local import LocalEngine
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


def test_it_is_said_how_much_there_is_to_do_and_how_long_that_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "RUN_SECONDS", 0.0)
    monkeypatch.setattr(budget, "report_seconds", lambda splits, classes, methods: 5.0 * methods)
    real = LocalEngine.dispatch

    def probe_is_slow(self: LocalEngine, tasks: Any, context: Any, jobs: int, *rest: Any) -> Any:
        if tasks and tasks[0].id.startswith("probe:"):
            return {tasks[0].id: Outcome(tasks[0].id, "ok", value=1.0)}
        return real(self, tasks, context, jobs, *rest)

    monkeypatch.setattr(LocalEngine, "dispatch", probe_is_slow)
    said = Said()
    asked = question(tmp_path, jobs=1)
    conduct(asked, said.display())
    assert said[0] == (
        "4 runs (2 methods x 2 seeds): 2 distinct trainings, 40 updates, about 0:50 with 1 at a "
        "time on cpu"
    )
    said.clear()
    conduct(asked, said.display())
    assert said == ["4 runs (2 methods x 2 seeds), 4 finished before: nothing left to train"]
