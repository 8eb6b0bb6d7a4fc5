"""What processes say of themselves stands in the database until they end in order."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import update

from counterpoise.service.database import reports, shards
from counterpoise.service.database.reports import KEPT, Numbers
from counterpoise.service.database.shard_tables import ProcessReport
from counterpoise.service.database.shards import Process

NUMBERS = Numbers(
    fetched=9, analysed=6, dropped=2, rate=0.5, busy=0.25, possible=2.0, waiting=1,
    waiting_bytes=700, waiting_most=1 << 26, unwritten=3, model="m" * 300, fault="f" * 600,
)  # fmt: skip


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


def process(connection, name: str = "host:1", last: int = 7) -> Process:
    return Process(shards.join(connection, name, "worker", 5), name, "worker", 5, 0, last)


def test_the_last_report_is_the_one_that_is_there(connection) -> None:
    one = process(connection)
    reports.tell(connection, one, [3, 1], 8, Numbers())
    reports.tell(connection, one, [3, 1, 2], 9, NUMBERS)
    (found,) = reports.every(connection)
    assert (found.id, found.name, found.role, found.since) == (one.id, "host:1", "worker", 5)
    assert (found.last, found.ended, found.shards) == (9, None, (1, 2, 3))
    assert (found.numbers.fetched, found.numbers.possible, found.numbers.rate) == (9, 2.0, 0.5)
    assert (len(found.numbers.model), len(found.numbers.fault)) == (200, 500)
    reports.left(connection, one.id)
    assert reports.every(connection) == []


def test_shards_that_sql_wrote_as_it_liked_are_read_as_far_as_they_are_numbers(connection) -> None:
    one = process(connection)
    reports.tell(connection, one, [3], 8, NUMBERS)
    connection.execute(update(ProcessReport).values(shards="\ufffd7,8,x,9\ufffd"))
    assert [found.shards for found in reports.every(connection)] == [(8,)]


def test_one_that_nobody_knows_any_more_says_nothing(connection) -> None:
    one = process(connection)
    shards.leave(connection, [one.id])
    reports.tell(connection, one, [], 8, NUMBERS)
    assert reports.every(connection) == []


def test_one_that_died_stays_dead_and_is_forgotten_after_a_day(connection) -> None:
    one, other = process(connection, last=7), process(connection, "host:2", last=KEPT + 20)
    reports.tell(connection, one, [4], 6, NUMBERS)
    reports.died(connection, [one], 100)
    reports.tell(connection, one, [4], 101, NUMBERS)  # it was only paused
    reports.died(connection, [one], 200)
    (found,) = reports.every(connection)
    assert (found.ended, found.shards, found.numbers.fetched) == (7, (4,), 9)
    reports.died(connection, [other], KEPT + 10)
    assert [(one.name, one.ended) for one in reports.every(connection)] == [
        ("host:2", KEPT + 10)
    ], "its clock is ahead"


def test_a_dead_one_is_forgotten_though_no_other_dies(connection) -> None:
    reports.died(connection, [process(connection)], 100)
    reports.died(connection, [], KEPT + 7)
    assert len(reports.every(connection)) == 1
    reports.died(connection, [], KEPT + 8)
    assert reports.every(connection) == []


def test_a_death_is_told_by_the_clock_of_who_saw_it(connection) -> None:
    """So one whose clock is days behind is shown, and not as if it had died days ago."""
    one = process(connection, last=7)
    now = 3 * KEPT
    reports.died(connection, [one], now, {one.id: 8.5}.get)
    (found,) = reports.every(connection)
    assert (found.last, found.ended) == (7, now - 8_500_000)
