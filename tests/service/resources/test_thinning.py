"""Minutes go when their hour is over, in bites, and the recorder goes on between them."""

import threading
import time

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import func, insert, select

from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Camera, Model, OverallTotal, Total
from counterpoise.service.resources import thinning
from counterpoise.service.resources.thinning import DAY, HOUR, Thinning

NOW = 1_800_000_000


@pytest.fixture
def filled(engine):
    """A minute of each of ten days, of five cameras and two classes."""
    with engine.begin() as connection:
        connection.execute(insert(Model).values(id=1, digest="d", name="m", classes="[]", since=1))
        for number in range(1, 6):
            values = {"id": number, "name": "x", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
        row = {"seconds": 60, "model_id": 1, "number": 1, "probability": 0.5}
        rows = [row | {"begin": NOW - day * DAY, "label": c} for day in range(10) for c in "ab"]
        connection.execute(insert(OverallTotal), rows)
        connection.execute(insert(Total), [r | {"camera_id": c} for c in range(1, 6) for r in rows])
    return engine


def left(engine, table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_those_of_the_last_days_stay(filled, monkeypatch) -> None:
    monkeypatch.setattr(thinning, "BITE", 3)
    made = Thinning(filled, 6, lambda: False)
    made.look(NOW)
    assert (left(filled, OverallTotal), left(filled, Total)) == (14, 70)
    assert made.removed == 30
    made.look(NOW + HOUR + DAY)
    assert (left(filled, OverallTotal), left(filled, Total)) == (12, 60)


def test_nothing_goes_without_a_limit(filled) -> None:
    Thinning(filled, 0, lambda: False).look(NOW)
    assert left(filled, Total) == 100


def test_it_ends_when_it_is_told_and_goes_on_at_the_next_start(filled, monkeypatch) -> None:
    monkeypatch.setattr(thinning, "BITE", 3)
    pauses = iter([False, False, False, True])
    made = Thinning(filled, 6, lambda: next(pauses))
    made.look(NOW)
    assert 70 < left(filled, Total) < 100
    made._pause = lambda: False
    made.look(NOW)
    assert left(filled, Total) == 70


@pytest.mark.sqlite
def test_what_cannot_be_removed_stops_nothing(filled, monkeypatch) -> None:
    """A label that is no text, which only SQL writes, is not found by what is read of it."""
    monkeypatch.setattr(thinning, "BITE", 2)
    with filled.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE totals SET label = CAST(x'ff' || label AS TEXT) WHERE camera_id IN (2, 3)"
        )
    pauses = iter(range(60))
    made = Thinning(filled, 6, lambda: next(pauses) < 0)
    made.look(NOW)
    assert left(filled, Total) == 70 + 12
    assert made.removed == 18


def test_the_recorder_writes_between_two_bites(filled, monkeypatch) -> None:
    monkeypatch.setattr(thinning, "BITE", 1)
    recorder = Recorder(filled, lambda: 5)
    recorder.start()
    made = Thinning(filled, 1, lambda: time.sleep(0.02) or False)
    thread = threading.Thread(target=made.look, args=(NOW,))
    thread.start()
    waits = []
    while thread.is_alive():
        begun, commits = time.monotonic(), recorder.commits
        recorder.fetched(1)
        while recorder.commits == commits:
            time.sleep(0.002)
        waits.append(time.monotonic() - begun)
    recorder.stop()
    assert len(waits) >= 5
    assert sorted(waits)[len(waits) // 2] < 1.0, "0.1 s on an idle machine"
