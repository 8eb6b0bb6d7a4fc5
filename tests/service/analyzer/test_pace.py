"""The last minute of analysis, by a clock of the test's own."""

import pytest

from counterpoise.service.analyzer.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_yet() -> None:
    recent = Pace(2, Clock()).recent()
    assert (recent.frames, recent.batches, recent.busy, recent.possible) == (0, 0, 0.0, None)


def test_rate_busy_and_roofline() -> None:
    clock = Clock()
    pace = Pace(2, clock)
    for _ in range(10):
        clock.now += 2
        pace.add(8, 1.0)
    recent = pace.recent()
    assert (recent.frames, recent.batches) == (80, 10)
    assert recent.rate == pytest.approx(80 / 20)
    assert recent.busy == pytest.approx(10 / (2 * 20))
    assert recent.possible == pytest.approx(recent.rate / recent.busy)
    assert recent.median == recent.slow == 1.0


def test_what_is_older_than_a_minute_is_forgotten() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    pace.add(16, 0.5)
    clock.now += 59
    assert pace.recent().frames == 16
    clock.now += 2
    assert pace.recent().frames == 0


def test_a_minute_of_more_batches_than_are_remembered(monkeypatch) -> None:
    monkeypatch.setattr("counterpoise.service.analyzer.pace.MOST", 5)
    clock = Clock()
    pace = Pace(1, clock)
    for _ in range(9):
        clock.now += 1
        pace.add(1, 0.5)
    assert pace.recent().rate == pytest.approx(5 / 4)


def test_it_is_forgotten_even_if_nobody_asks() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    for _ in range(1000):
        clock.now += 1
        pace.add(1, 0.5)
    assert len(pace._batches) == 61
