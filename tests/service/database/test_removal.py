"""A camera goes a little at a time, and nothing of it or of others is miscounted."""

import json
from collections import Counter

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import event, func, insert, select

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, removal, totals
from counterpoise.service.database.batch import Analysed, Batch, Changed, record
from counterpoise.service.database.dialect import LOCKS, is_postgresql
from counterpoise.service.database.tables import (
    Account,
    AuditEntry,
    Camera,
    HealthChange,
    Model,
    OverallTotal,
    Result,
    Total,
)

NUMBER = 90  # results of each camera, of as many minutes


@pytest.fixture
def filled(engine):
    """Two cameras with results, an account and changes of health."""
    with engine.begin() as connection:
        row = {"id": 1, "digest": "x", "name": "m", "classes": json.dumps(["a", "b"]), "since": 1}
        connection.execute(insert(Model).values(row))
        for number in (1, 2):
            row = {"id": number, "name": f"c{number}", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(row))
        results = [
            Analysed(camera, 1, k * 60_000_000, "ab"[k % 2], 0.5, None, None, 1, 1, 1)
            for camera in (1, 2)
            for k in range(NUMBER)
        ]
        changes = [Changed(c, k, "live", "", "") for c in (1, 2) for k in range(20)]
        account = Counter({(c, "fetched"): NUMBER for c in (1, 2)})
        record(connection, Batch(account, results, changes), 1)
    return engine


def count(engine, table, *which) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*which))


def test_nothing_is_left_of_it_and_everything_of_the_other(filled, monkeypatch) -> None:
    monkeypatch.setattr(removal, "BITE", 7)
    removal.remove(filled, [1], 5, "eve")
    for table in (Result, HealthChange, Account, Total):
        assert count(filled, table, table.camera_id == 1) == 0
    assert count(filled, Camera) == 1
    assert count(filled, Result, Result.camera_id == 2) == NUMBER
    assert count(filled, HealthChange, HealthChange.camera_id == 2) == 20
    with filled.connect() as connection:
        lines = connection.execute(select(AuditEntry.what, AuditEntry.detail)).all()
        found = totals.over_time(connection, [(86400, 0, 86400)])
        mine = connection.execute(
            select(Total.seconds, func.sum(Total.number)).group_by(Total.seconds)
        ).all()
        all_ = connection.execute(
            select(OverallTotal.seconds, func.sum(OverallTotal.number)).group_by(
                OverallTotal.seconds
            )
        ).all()
        least = connection.scalar(select(func.min(OverallTotal.number)))
    assert [tuple(line) for line in lines] == [
        (removal.BEGUN, "1: c1"), (cameras.REMOVED, "1: c1"),
    ]  # fmt: skip
    assert {one.label: one.number for one in found} == {"a": NUMBER // 2, "b": NUMBER // 2}
    assert sorted(mine) == sorted(all_) == [(60, NUMBER), (3600, NUMBER), (86400, NUMBER)]
    assert least == 1


def test_no_transaction_removes_more_than_a_bite_nor_is_the_lock_of_recorders_held_for_more(
    filled, monkeypatch
) -> None:
    monkeypatch.setattr(removal, "BITE", 7)
    bites: list[tuple[str, int]] = []
    held: list[bool] = []

    def after(connection, cursor, statement, parameters, context, many) -> None:
        if statement.startswith("DELETE FROM"):
            bites.append((statement.split()[2], cursor.rowcount))

    def may_record(seconds: float) -> None:
        """Between two bites: whoever records has the lock at once."""
        if seconds == removal.PAUSE:
            with filled.begin() as connection:
                if is_postgresql(connection):
                    number = LOCKS["results"][0]
                    query = select(func.pg_try_advisory_xact_lock(number))
                    held.append(not connection.scalar(query))
                record(connection, Batch(Counter({(2, "fetched"): 1})), 1)

    event.listen(filled, "after_cursor_execute", after)
    monkeypatch.setattr(removal.time, "sleep", may_record)
    removal.remove(filled, [1], 5, "eve")
    event.remove(filled, "after_cursor_execute", after)
    for table, number in (("results", NUMBER), ("health_changes", 20)):
        some = [n for name, n in bites if name == table]
        assert sum(some) == number
        assert max(some) <= 7
        assert len(some) > number // 7
    assert max(n for name, n in bites if name == "totals") <= 7 * 2, "two classes"
    assert not any(held)


def test_it_is_fetched_from_no_more_before_its_results_go(filled, monkeypatch) -> None:
    monkeypatch.setattr(removal, "BITE", 7)

    def killed(seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(removal.time, "sleep", killed)
        with pytest.raises(KeyboardInterrupt):
            removal.remove(filled, [1], 5, "eve")
    with filled.connect() as connection:
        row = cameras.get(connection, 1)
    assert row is not None
    assert not row["is_active"]
    assert count(filled, Result, Result.camera_id == 1) == NUMBER - 7
    removal.remove(filled, [1], 6, "eve")
    assert count(filled, Camera, Camera.id == 1) == 0


def test_of_several_all_are_there_or_none_is_removed(filled) -> None:
    with pytest.raises(ArgumentError, match="no camera 3"):
        removal.remove(filled, [1, 3], 5, "eve")
    assert count(filled, Camera, Camera.is_active) == 2
    removal.remove(filled, [1, 2], 5, "eve")
    assert count(filled, Result) == count(filled, OverallTotal) == count(filled, Camera) == 0
