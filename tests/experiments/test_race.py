"""A race ends, is decided on disk first, and goes on as it was decided."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from counterpoise.experiments import race as racing
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.records import LeftPart, RaceRecord
from counterpoise.report import collect


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


def question(out: Path, **changes: Any) -> Options:
    given = {
        "dataset": "digits",
        "methods": ("baseline", "weighted", "thresholding", "double-updates"),
        "out": out,
        "profile": "step:rho=10,mu=0.5",
        "seeds": 3,
        "rounds": 1,
        "jobs": 2,
        "race": True,
        "settings": {"model.name": "mlp", "train.batch_size": 256},
    }
    return Options.of({**given, **changes})


@pytest.fixture
def rule(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], int]]:
    """All but the baseline leave whenever it is asked; what it was asked."""
    asked: list[tuple[list[str], int]] = []

    def leaving(standings: Mapping[str, Any], select: str, stay: Any) -> dict[str, LeftPart]:
        assert stay == ("baseline",)
        number = len(next(iter(standings.values())).values)
        assert all(one.draws.shape[0] == number for one in standings.values())
        asked.append((sorted(standings), number))
        part = LeftPart(after=number, leader="baseline", difference=-0.5, interval=(-0.75, -0.25))
        return {"weighted": part} if number == 2 else {}

    monkeypatch.setattr(racing, "leaving", leaving)
    return asked


def test_who_leaves_trains_no_more_and_stays_in_the_report(
    tmp_path: Path, rule: list[tuple[list[str], int]]
) -> None:
    said = Said()
    conduct(question(tmp_path), said.display())
    assert rule == [(["baseline", "thresholding", "weighted"], 2)], "controls are not compared"
    assert any(line.startswith("race, after 2 of 3 splits: 3 methods go on") for line in said)
    trained = {
        str(p.parent.relative_to(tmp_path / "runs")) for p in tmp_path.glob("runs/*/*/*.npz")
    }
    assert len(trained) == 11
    assert "weighted/seed-2" not in trained
    assert "double-updates/seed-2" in trained, "a control goes on"
    report = collect(tmp_path)
    assert report.experiment.splits == ("seed-0", "seed-1", "seed-2")
    assert report.unfinished == ()
    last = report.methods[-1]
    assert (last.name, last.status, last.rank) == ("weighted", "left", None)
    assert last.error == (
        "left after 2 of 3 splits: balanced accuracy on validation -.500 [-.750, -.250] "
        "compared with baseline"
    )
    said.clear()
    conduct(question(tmp_path), said.display())
    assert len(rule) == 1, "it was decided before"
    assert collect(tmp_path).text() == report.text()
    conduct(question(tmp_path, race=False), said.display())
    whole = collect(tmp_path)
    assert {m.status for m in whole.methods} == {"ok"}, "without a race nobody has left"


def test_a_decision_is_on_disk_before_it_acts_and_is_repeated(
    tmp_path: Path, rule: list[tuple[list[str], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = racing.complete

    def killed(setup: Any, work: Any, before: Any = None) -> Any:
        if any(run.split == "seed-2" for run in work.runs):
            raise KeyboardInterrupt
        return real(setup, work, before)

    monkeypatch.setattr(racing, "complete", killed)
    with pytest.raises(KeyboardInterrupt):
        conduct(question(tmp_path), display("silent"))
    kept = RaceRecord.read(tmp_path / "race.json")
    assert kept.decided == 2
    assert list(kept.left) == ["weighted"]
    other = replace_leader(kept)
    (tmp_path / "race.json").write_text(other.text())
    monkeypatch.setattr(racing, "complete", real)
    conduct(question(tmp_path), display("silent"))
    assert len(rule) == 1
    assert RaceRecord.read(tmp_path / "race.json") == other, "what stands there is obeyed"
    assert not (tmp_path / "runs" / "thresholding" / "seed-2" / "report.json").exists()


def replace_leader(kept: RaceRecord) -> RaceRecord:
    """Another decision, which the numbers do not suggest."""
    part = kept.left["weighted"]
    return kept.model_copy(update={"left": {"thresholding": part}})


def test_a_method_that_diverged_leaves(tmp_path: Path) -> None:
    settings = {"model.name": "mlp", "train.batch_size": 256, "weighted.optimizer.lr": 1e30}
    conduct(
        question(tmp_path, settings=settings, methods=("baseline", "weighted")), display("silent")
    )
    report = collect(tmp_path)
    assert report.methods[-1].error == "left after 2 of 3 splits: it diverged"
    race = json.loads((tmp_path / "race.json").read_text())
    assert race["left"]["weighted"]["leader"] is None
