"""What webhooks are told waits in the database until it is over."""

import json

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from counterpoise.service.database import alerts, deliveries
from counterpoise.service.database.alerts import RuleFields

HOUR = 3_600_000_000
URL = "https://hooks.example.org/a"


@pytest.fixture
def rule(engine) -> int:
    with engine.begin() as connection:
        fields = RuleFields(name="x", kind="disk", url=URL)
        return alerts.add(connection, fields, 1, "me").id


def test_it_is_due_until_it_is_over(engine, rule) -> None:
    with engine.begin() as connection:
        deliveries.enqueue(connection, rule, "raised", 10, {"a": 1})
        assert deliveries.due(connection, 9, 5, HOUR, URL) == []
        (one,) = deliveries.due(connection, 10, 5, HOUR, URL)
        assert (one.url, one.tries) == (URL, 0)
        told = json.loads(one.body)
        assert told == {
            "type": "alert.raised", "timestamp": "1970-01-01T00:00:00.000+00:00", "data": {"a": 1},
        }  # fmt: skip
        deliveries.tried(connection, one.id, 11, 500, "HTTP 500", 20)
        assert deliveries.due(connection, 19, 5, HOUR, URL) == []
        (again,) = deliveries.due(connection, 20, 5, HOUR, URL)
        assert again.tries == 1
        deliveries.tried(connection, one.id, 21, 200, "delivered", None)
        assert deliveries.due(connection, HOUR * 9, 5, HOUR, URL) == []
        (line,) = deliveries.log(connection)
        assert (line.tries, line.status, line.outcome, line.next) == (2, 200, "delivered", None)


def test_a_clock_that_was_set_back_delays_nothing(engine, rule) -> None:
    with engine.begin() as connection:
        deliveries.enqueue(connection, rule, "raised", HOUR * 50, {})
        assert len(deliveries.due(connection, HOUR, 5, HOUR, URL)) == 1


def test_their_number_is_bounded(engine, rule, monkeypatch) -> None:
    monkeypatch.setattr(deliveries, "MOST", 3)
    with engine.begin() as connection:
        for _ in range(5):
            deliveries.enqueue(connection, rule, "raised", 10, {})
        waiting = deliveries.due(connection, 10, 9, HOUR, URL)
        assert len(waiting) == 3
        assert "3 others wait" in deliveries.log(connection)[0].outcome
        for one in waiting:
            deliveries.tried(connection, one.id, 11, 200, "delivered", None)
        deliveries.trim(connection)
        assert len(deliveries.log(connection)) == 3


def test_each_receiver_has_a_queue_and_the_one_that_waits_longest_is_first(engine, rule) -> None:
    with engine.begin() as connection:
        fields = RuleFields(name="y", kind="disk", url="https://other.example.org/")
        other = alerts.add(connection, fields, 1, "me").id
        for number, at in ((rule, 30), (other, 20), (rule, 10), (rule, 99)):
            deliveries.enqueue(connection, number, "raised", at, {})
        assert deliveries.receivers(connection, 50, HOUR) == [URL, fields.url]
        assert deliveries.receivers(connection, 25, HOUR) == [URL, fields.url]
        assert deliveries.receivers(connection, 9, HOUR) == []
        assert [one.id for one in deliveries.due(connection, 50, 9, HOUR, URL)] == [3, 1]
        assert [one.id for one in deliveries.due(connection, 50, 9, HOUR, fields.url)] == [2]
