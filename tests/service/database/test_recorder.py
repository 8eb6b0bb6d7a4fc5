"""Results and the account are written together, in time, and survive a locked database."""

import math
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import event, func, insert, select
from sqlalchemy.exc import OperationalError

from counterpoise.service.database import recorder as module
from counterpoise.service.database.account import LOST, balance
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.batch import Analysed, Changed
from counterpoise.service.database.engine import open_database
from counterpoise.service.database.isolating import REFUSED
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Account, Camera, HealthChange, Result, Total

MICROSECONDS = 1_000_000


def result(camera: int, model: int, at: int, label: str = "a") -> Analysed:
    return Analysed(camera, model, at, label, 0.75, None, None, 1, 1, 1)


@pytest.fixture
def camera(engine) -> int:
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(id=7, name="a", kind="push", url="", interval=1))
    return 7


@pytest.fixture
def recorder(engine, camera):
    recorder = Recorder(engine, lambda: 5)
    recorder.start()
    return recorder


def test_totals_and_account_are_those_of_the_results(engine, camera, recorder) -> None:
    model = recorder.model("d", "m", ["a", "b"])
    assert recorder.model("d", "m", ["a", "b"]) == model
    day = 86400
    times = [0, 59, 60, 3600, day]
    for at in times:
        recorder.fetched(camera)
        recorder.analysed([result(camera, model, at * MICROSECONDS)])
    recorder.fetched(camera)
    recorder.dropped(camera, "truncated")
    recorder.fetched(camera)
    recorder.changed(Changed(camera, 3, "live", "", ""))
    recorder.stop()
    with engine.connect() as connection:
        now = balance(connection, camera)
        numbers = dict(
            connection.execute(select(Total.seconds, func.count()).group_by(Total.seconds)).all()
        )
        total = connection.scalar(select(func.sum(Total.number)))
        state = connection.scalar(select(Camera.health))
        changes = connection.scalar(select(func.count()).select_from(HealthChange))
    assert (now.fetched, now.analysed, dict(now.dropped)) == (7, 5, {"truncated": 1})
    assert now.in_flight == 1
    assert numbers == {60: 4, 3600: 3, 86400: 2}
    assert total == 3 * len(times)
    assert (state, changes) == ("live", 1)


def test_what_was_in_flight_is_lost_at_the_next_start(engine, camera, recorder) -> None:
    for _ in range(3):
        recorder.fetched(camera)
    recorder.dropped(camera, "bomb")
    recorder.stop()
    again = Recorder(engine, lambda: 5)
    again.start()
    again.stop()
    with engine.connect() as connection:
        now = balance(connection)
    assert dict(now.dropped) == {"bomb": 1, LOST: 2}
    assert now.in_flight == 0


def test_a_batch_too_large_for_its_transaction_is_written_in_parts(
    engine, camera, monkeypatch
) -> None:
    """As where PostgreSQL ends a transaction whose process is slow, as often as it is tried."""
    monkeypatch.setattr(module, "SURE", 5)
    monkeypatch.setattr(module, "RETRY", 0.01)
    record, tried = module.record, []

    def slow(connection, batch, now) -> None:
        tried.append(len(batch.results))
        if len(batch.results) > 6:
            raise OperationalError("COMMIT", {}, Exception("idle-in-transaction timeout"))
        record(connection, batch, now)

    monkeypatch.setattr(module, "record", slow)
    recorder = Recorder(engine, lambda: 5)
    model = recorder.model("d", "m", ["a"])
    for at in range(40):
        recorder.fetched(camera)
        recorder.analysed([result(camera, model, at * MICROSECONDS)])
    recorder.start()
    limit = time.monotonic() + 30
    while recorder.waiting:
        assert time.monotonic() < limit, f"tried {tried[:5]} of 40 results"
        time.sleep(0.01)
    recorder.stop()
    with engine.connect() as connection:
        now = balance(connection)
        times = list(connection.scalars(select(Result.at).order_by(Result.id)))
    assert (now.fetched, now.analysed, now.in_flight, recorder.error) == (40, 40, 0, "")
    assert times == [at * MICROSECONDS for at in range(40)], "in their order"


@pytest.mark.sqlite
def test_a_locked_database_is_waited_for(engine, camera, recorder, tmp_path) -> None:
    model = recorder.model("d", "m", ["a"])
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    with engine.connect() as connection:  # so that the wait is short
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    other.execute("BEGIN IMMEDIATE")
    recorder.fetched(camera)
    recorder.analysed([result(camera, model, 1)])
    time.sleep(0.5)
    assert recorder.waiting == 1
    other.execute("COMMIT")
    other.close()
    recorder.stop()
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Result)) == 1
        assert balance(connection).in_flight == 0
    assert recorder.error == ""


@pytest.mark.parametrize("bad", ["nan", "surrogate", "model", "number", "type"])
def test_a_row_that_can_never_be_written_is_dropped_and_all_others_are_there(
    engine, camera, recorder, caplog, bad: str
) -> None:
    """Each once held up every row behind it until the server ended."""
    model = recorder.model("d", "m", ["a"])
    recorder._refused = (refused := []).append
    wrong = {
        "nan": {"probability": math.nan},  # NULL in the sum of the totals, which admits none
        "surrogate": {"label": "\udcff"},
        "model": {"model": 99},
        "number": {"at": 2**70},
        "type": {"scores": object()},
    }[bad]
    rows = [result(camera, model, at * MICROSECONDS) for at in range(40)]
    for at in (3, 4, 39):
        rows[at] = replace(rows[at], **wrong)
    for one in rows:
        recorder.fetched(camera)
        recorder.analysed([one])
    until(lambda: not recorder.waiting)
    recorder.fetched(camera)
    recorder.analysed([result(camera, model, 41 * MICROSECONDS)])
    recorder.stop()
    with engine.connect() as connection:
        now = balance(connection, camera)
        times = connection.scalars(select(Result.at).order_by(Result.id)).all()
        total = connection.scalar(select(func.sum(Total.number)))
    assert (now.fetched, now.analysed, dict(now.dropped)) == (41, 38, {REFUSED: 3})
    assert now.in_flight == 0
    assert times == [at * MICROSECONDS for at in range(42) if at not in (3, 4, 39, 40)]
    assert total == 3 * 38, "their totals are there, and no others"
    assert refused == [rows[3], rows[4], rows[39]], "whose pictures are forgotten"
    assert recorder.error == ""
    assert caplog.text.count("a result of camera 7: ") == caplog.text.count("rows are refused")


def test_an_account_is_never_read_with_more_analysed_than_fetched(
    engine, camera, recorder, monkeypatch
) -> None:
    """While a batch is halved, parts of it are there and others are not."""
    model, seen = recorder.model("d", "m", ["a"]), []
    real = module.record

    def noted(connection, batch, now) -> None:
        real(connection, batch, now)
        seen.append(balance(connection).in_flight)

    monkeypatch.setattr(module, "record", noted)
    for at in range(20):
        recorder.analysed([replace(result(camera, model, at), probability=math.nan)])
        recorder.fetched(camera)
    recorder.stop()
    assert len(seen) > 20
    assert min(seen) >= 0
    assert seen[-1] == 0


def test_a_change_that_cannot_be_written_keeps_the_state_and_loses_its_detail(
    engine, camera, recorder, caplog
) -> None:
    recorder.changed(Changed(camera, 3, "degraded", "protocol", "\udcff"))
    recorder.changed(Changed(camera, 4, "live", "", "fine"))
    recorder.stop()
    with engine.connect() as connection:
        rows = connection.execute(select(HealthChange.state, HealthChange.detail)).all()
        assert connection.scalar(select(Camera.health)) == "live"
    assert rows == [("degraded", ""), ("live", "fine")]
    assert "the detail of a change of camera 7: 'utf-8' codec can't" in caplog.text


def test_a_fault_that_every_row_has_is_no_row_s_and_all_of_them_wait(
    engine, camera, recorder, monkeypatch
) -> None:
    """Such as a defect of ours: what would stand in a row's place is refused, too."""
    monkeypatch.setattr(module, "RETRY", 0.01)
    model, real = recorder.model("d", "m", ["a"]), module.record

    def broken(*_: object) -> None:
        raise TypeError("a defect")

    monkeypatch.setattr(module, "record", broken)
    for at in range(5):
        recorder.fetched(camera)
        recorder.analysed([result(camera, model, at)])
    until(lambda: recorder.error == "a defect")
    time.sleep(0.1)
    assert recorder._thread.is_alive()
    monkeypatch.setattr(module, "record", real)
    recorder.stop()
    with engine.connect() as connection:
        now = balance(connection)
    assert (now.fetched, now.analysed, dict(now.dropped)) == (5, 5, {})


@pytest.mark.sqlite
def test_a_full_disk_is_waited_for_and_memory_is_bounded(
    engine, camera, recorder, monkeypatch
) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    model = recorder.model("d", "m", ["a"])
    size = limited(engine, 0)
    for at in range(40):
        recorder.fetched(camera)
        recorder.analysed([result(camera, model, at, "a" * 200)])
    until(lambda: "full" in recorder.error)
    assert recorder.is_full
    assert recorder.waiting == 40
    with engine.connect() as connection:
        assert balance(connection).fetched == 0  # all of a batch is there, or nothing
    limited(engine, size)
    until(lambda: not recorder.waiting)
    assert not recorder.is_full
    recorder.stop()
    with engine.connect() as connection:
        now = balance(connection)
        assert connection.scalar(select(func.count()).select_from(Result)) == 40
    assert (now.fetched, now.analysed) == (40, 40)


@pytest.mark.sqlite
def test_a_database_that_stays_full_does_not_keep_the_server(
    engine, camera, recorder, monkeypatch, caplog
) -> None:
    monkeypatch.setattr(module, "GIVE_UP", 0.2)
    model = recorder.model("d", "m", ["a"])
    limited(engine, 0)
    for at in range(40):
        recorder.analysed([result(camera, model, at, "a" * 200)])
    until(lambda: recorder.error)
    recorder.stop()
    assert "40 results are lost: database or disk is full" in caplog.text


def limited(engine, pages: int) -> int:
    """Let the database have so many pages, at least those it has; how many it might have before."""
    with engine.connect() as connection:
        before = connection.exec_driver_sql("PRAGMA max_page_count").scalar()
    engine.dispose()

    def limit(made, _) -> None:
        made.execute(f"PRAGMA max_page_count={max(1, pages)}")

    event.listen(engine, "connect", limit)
    return before


def until(held) -> None:
    for _ in range(1500):
        if held():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_a_camera_that_is_gone_takes_its_frames_with_it(engine, camera, recorder) -> None:
    model = recorder.model("d", "m", ["a"])
    recorder.fetched(99)
    recorder.analysed([result(99, model, 1)])
    recorder.fetched(camera)
    recorder.stop()
    with engine.connect() as connection:
        assert connection.scalars(select(Account.camera_id)).all() == [camera]


def test_results_come_within_a_fifth_of_a_second(engine, camera, recorder) -> None:
    model, waits = recorder.model("d", "m", ["a"]), []
    while not waits or (waits[-1] >= 1.0 and len(waits) < 10):  # on a busy machine not each time
        begun = time.monotonic()
        recorder.analysed([result(camera, model, 1)])
        until(lambda: not recorder.waiting)
        waits.append(time.monotonic() - begun)
    assert min(waits) < 1.0  # 0.2 s on an idle machine
    recorder.stop()


@pytest.mark.system
@pytest.mark.parametrize("is_there", [True, False])
def test_a_commit_that_is_not_answered_is_asked_after(
    postgresql, monkeypatch, is_there: bool
) -> None:
    """The connection breaks in the moment of a commit: after it, or before."""
    address = postgresql.database()
    engine = open_database(place(Path(), address))
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(id=7, name="a", kind="push", url="", interval=1))
    monkeypatch.setattr(module, "RETRY", 0.01)
    recorder = Recorder(engine, lambda: 5)
    recorder.start()
    model = recorder.model("d", "m", ["a"])
    psycopg = pytest.importorskip("psycopg", reason="needs the extra serve-postgres: psycopg")
    real, broken = engine.dialect.do_commit, []

    def commit(connection) -> None:
        if threading.current_thread().name == "recorder" and len(broken) < 2:
            broken.append(1)
            if is_there:
                real(connection)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        real(connection)

    monkeypatch.setattr(engine.dialect, "do_commit", commit)
    recorder.fetched(7)
    recorder.analysed([result(7, model, 1)])
    recorder.stop()
    assert len(broken) == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count(Result.id))) == 1
        now = balance(connection)
        assert (now.fetched, now.analysed) == (1, 1)
    engine.dispose()
    postgresql.remove(address)
