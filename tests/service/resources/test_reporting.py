"""A process says how it does, every few seconds, and under its new name when it begins anew."""

from types import SimpleNamespace

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.analyzer.pace import Pace
from counterpoise.service.database import reports, shards
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.resources import reporting as module
from counterpoise.service.resources.reporting import EVERY, Reporting
from counterpoise.service.resources.waiting import WaitingFrames


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_it_says_what_happened_and_no_more_often_than_it_has_to(engine, clock) -> None:
    with engine.begin() as connection:
        me, other = (shards.join(connection, f"host:{n}", "worker", 3) for n in (1, 2))
    recorder = Recorder(engine, lambda: 5)
    worker = SimpleNamespace(pace=Pace(1, lambda: clock[0]), waiting=WaitingFrames(1000))
    leases = SimpleNamespace(me=me, name="host:1", role="worker", held={4: 1, 2: 7})
    about = ["first", ""]
    one = Reporting(engine, leases, worker, recorder, lambda: 9, lambda: tuple(about))

    def found() -> dict[str, reports.Report]:
        with engine.connect() as connection:
            return {report.id: report for report in reports.every(connection)}

    one.look()
    assert found()[me].numbers.fetched == 0
    assert (found()[me].shards, found()[me].numbers.waiting_most) == ((2, 4), 1000)
    for _ in range(3):
        recorder.fetched(1)
    recorder.dropped(1, "too many")
    worker.pace.add(2, 0.5)
    clock[0] += EVERY / 2
    one.look()
    assert found()[me].numbers.fetched == 0
    clock[0] += EVERY / 2
    about[:] = ["second", "the disk is full"]
    one.look()
    numbers = found()[me].numbers
    assert (numbers.fetched, numbers.analysed, numbers.dropped) == (3, 0, 1)
    assert (numbers.model, numbers.fault) == ("second", "the disk is full")
    assert (numbers.rate, numbers.busy, numbers.possible) == (1.0, 0.25, 4.0)
    leases.me = other
    one.look()
    assert set(found()) == {me, other}, "at once"
