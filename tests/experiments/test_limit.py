"""A budget is refused, kept, and used up over several starts."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.experiments import clock, driver, limit, report_time
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.records import RaceRecord, TimeRecord
from counterpoise.report import collect

TIME = r"(?:\d+[hms])+"  # as the machine needs


def question(out: Path, **changes: Any) -> Options:
    given = {
        "dataset": "digits",
        "methods": ("weighted", "baseline", "oversampling"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 3,
        "rounds": 400,
        "jobs": 1,
        "command": "counterpoise compare digits --budget 4s --seeds 3",
        "settings": {"model.name": "mlp", "train.batch_size": 256},
    }
    return Options.of({**given, **changes})


@pytest.fixture(autouse=True)
def _quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("REPORT_SECONDS", "METHOD_SECONDS", "DRAWN_SECONDS"):
        monkeypatch.setattr(report_time, part, 0.0)


def test_too_little_for_one_training_is_refused_with_its_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(ArgumentError) as caught:
        conduct(question(out, budget=0.3), display("silent"))
    assert re.fullmatch(
        rf"a budget of 1s is too little: one training of baseline takes about {TIME} here, and "
        rf"with all that comes before it and the report it is about {TIME} \(give {TIME} or more\)",
        str(caught.value),
    )
    assert not out.exists(), "nothing is left behind"


def test_at_the_limit_trainings_end_and_what_is_finished_is_ranked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock on which a run takes a second, on any machine."""
    seconds = SimpleNamespace(monotonic=lambda: float(len(_finished(tmp_path))))
    monkeypatch.setattr(clock, "time", seconds)
    monkeypatch.setattr(limit, "seconds_per_update", lambda stages, context: 0.0)
    asked = question(tmp_path, budget=5.0, rounds=20, seeds=40)
    conduct(asked, display("silent"))
    assert len(_finished(tmp_path)) == 5
    used = TimeRecord.read(tmp_path / "time.json")
    assert (used.ended, used.used) == (True, 5.0)
    report = collect(tmp_path)
    assert "baseline" in {m.name for m in report.methods if m.ok}, "it is trained first"
    assert not report.failed
    assert len(report.unfinished) == 115
    assert report.warnings[0].startswith("the budget of 5s left out 115 of 120 runs.")
    assert report.warnings[0].endswith(
        "`counterpoise compare digits --seeds 3 --race` finishes them"
    )
    conduct(asked, display("silent"))
    assert len(collect(tmp_path).unfinished) == 115, "the next start has nothing left"


def _finished(out: Path) -> list[Path]:
    return list(out.glob("runs/*/*/report.json"))


def test_trials_are_ended_and_methods_with_settings_are_ranked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here time ends when the second method's trials are going on."""
    real = clock.Clock.tick
    out = tmp_path / "out"

    def tick(self: clock.Clock) -> None:
        real(self)
        self.reserve = 1e9 if len(list(out.glob("tuning/*/*/*/report.json"))) > 2 else 0.0

    monkeypatch.setattr(clock.Clock, "tick", tick)
    monkeypatch.setattr(clock.Clock, "saving", lambda self, seconds: _Released(self))
    conduct(question(out, budget=1e6, rounds=2, tune=2), display("silent"))
    report = collect(out)
    assert [m.name for m in report.methods] == ["baseline"]
    assert report.experiment.methods == ("baseline",)
    assert len(report.unfinished) == 8
    monkeypatch.undo()
    conduct(question(out, budget=1e6, rounds=2, tune=2), display("silent"))
    assert collect(out).unfinished == ()
    assert RaceRecord.read(out / "race.json").decided == 2


def test_one_that_ended_before_anything_could_be_ranked_names_a_larger_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def over(setup: Any, recipes: Any) -> None:
        setup.clock.expect(1000.0)
        raise clock.TimeUpError

    monkeypatch.setattr(driver, "with_rounds", over)
    monkeypatch.setattr(driver, "require_time", lambda setup, recipes: None)
    with pytest.raises(ArgumentError) as caught:
        conduct(question(tmp_path / "out", budget=90.0), display("silent"))
    assert str(caught.value) == (
        "the budget of 1m30s ended while it was found out how long to train, so there is nothing "
        "to rank; what is trained is kept, and the same command with a budget of 20m goes on"
    )


class _Released:
    """Gives the time back where trials end, and stops noting it."""

    def __init__(self, made: clock.Clock) -> None:
        self.clock = made

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.clock.tick = lambda: None  # type: ignore[method-assign]
        self.clock.reserve = 0.0


def test_a_folder_of_the_old_rule_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "budget.json").write_text("{}")
    with pytest.raises(OutputError, match=r"earlier version.*another --out, or delete .*budget"):
        conduct(question(tmp_path, budget=60.0), display("silent"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, False), ({"budget": "5m"}, True), ({"budget": "5m", "race": False}, False),
     ({"race": True}, True), ({"race": True, "only": "seed-0"}, False)],
)  # fmt: skip
def test_a_race_is_the_default_with_a_budget(
    given: dict[str, Any], expected: bool, tmp_path: Path
) -> None:
    assert limit.races(question(tmp_path, **given)) == expected
