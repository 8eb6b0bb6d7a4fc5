"""The time used is added up over starts, and what is set aside ends trainings earlier."""

import math
from pathlib import Path

import pytest

from counterpoise.experiments import clock
from counterpoise.experiments.clock import Clock
from counterpoise.records import TimeRecord


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test may set."""
    time = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: time[0])
    return time


def test_without_a_budget_time_never_ends(tmp_path: Path, now: list[float]) -> None:
    free = Clock()
    free.go_on(tmp_path, "x")
    now[0] += 1e9
    assert free.left == math.inf
    assert not free.is_over
    assert not (tmp_path / "time.json").exists()


def test_a_start_has_what_earlier_ones_left(tmp_path: Path, now: list[float]) -> None:
    first = Clock(60)
    first.go_on(tmp_path, "x")
    now[0] += 40
    first.tick()  # and is killed
    second = Clock(60)
    second.go_on(tmp_path, "x")
    assert second.left == 20
    now[0] += 5
    assert (second.used, second.left) == (45, 15)
    other = Clock(60)
    other.go_on(tmp_path, "another question")
    assert other.left == 60
    more = Clock(100)
    more.go_on(tmp_path, "another question")
    assert more.left == 100, "used is noted, not left: a larger budget goes on"


def test_the_time_is_noted_every_few_seconds_only(tmp_path: Path, now: list[float]) -> None:
    made = Clock(60)
    made.go_on(tmp_path, "x")
    now[0] += 1
    made.tick()
    assert TimeRecord.read(tmp_path / "time.json").used == 0
    now[0] += 2
    made.tick()
    assert TimeRecord.read(tmp_path / "time.json").used == 3


def test_a_command_may_have_begun_before(now: list[float]) -> None:
    assert Clock(60, begun=97.0).left == 57


def test_time_that_is_set_aside_is_not_left(now: list[float]) -> None:
    made = Clock(60)
    made.reserve = 10
    with made.saving(20):
        assert made.left == 30
    now[0] += 50
    assert made.is_over


def test_a_start_without_a_budget_forgets_that_one_had_ended(tmp_path: Path) -> None:
    record = TimeRecord(question="x", budget=9.0, used=9.0, ended=True)
    (tmp_path / "time.json").write_text(record.text())
    Clock().go_on(tmp_path, "x")
    kept = TimeRecord.read(tmp_path / "time.json")
    assert (kept.used, kept.ended) == (9.0, False)


def test_what_would_be_enough_is_noted_and_read_again(tmp_path: Path, now: list[float]) -> None:
    clock = Clock(60.0)
    clock.go_on(tmp_path, "x")
    clock.reserve = 5.0
    now[0] += 10
    clock.expect(100.0)
    clock.note()
    assert TimeRecord.read(tmp_path / "time.json").enough == 115.0
    again = Clock(60.0)
    again.go_on(tmp_path, "x")
    assert again.enough == 115.0
    other = Clock(60.0)
    other.go_on(tmp_path, "another question")
    assert other.enough is None
