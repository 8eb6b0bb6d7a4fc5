"""What webhooks are told waits in the database until it is over."""

import json

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from counterpoise.service.database import alerts, deliveries
from counterpoise.service.database.alerts import RuleFields

HOUR = 3_600_000_000


@pytest.fixture
def rule(engine) -> int:
    with engine.begin() as connection:
        fields = RuleFields(name="x", kind="disk", url="https://hooks.example.org/a")
        return alerts.add(connection, fields, 1, "me").id


def test_it_is_due_until_it_is_over(engine, rule) -> None:
    with engine.begin() as connection:
        deliveries.enqueue(connection, rule, "raised", 10, {"a": 1})
        assert deliveries.due(connection, 9, 5, HOUR) == []
        (one,) = deliveries.due(connection, 10, 5, HOUR)
        assert (one.url, one.tries) == ("https://hooks.example.org/a", 0)
        told = json.loads(one.body)
        assert told == {
            "type": "alert.raised", "timestamp": "1970-01-01T00:00:00.000+00:00", "data": {"a": 1},
        }  # fmt: skip
        deliveries.tried(connection, one.id, 11, 500, "HTTP 500", 20)
        assert deliveries.due(connection, 19, 5, HOUR) == []
        (again,) = deliveries.due(connection, 20, 5, HOUR)
        assert again.tries == 1
        deliveries.tried(connection, one.id, 21, 200, "delivered", None)
        assert deliveries.due(connection, HOUR * 9, 5, HOUR) == []
        (line,) = deliveries.log(connection)
        assert (line.tries, line.status, line.outcome, line.next) == (2, 200, "delivered", None)


def test_a_clock_that_was_set_back_delays_nothing(engine, rule) -> None:
    with engine.begin() as connection:
        deliveries.enqueue(connection, rule, "raised", HOUR * 50, {})
        assert len(deliveries.due(connection, HOUR, 5, HOUR)) == 1


def test_their_number_is_bounded(engine, rule, monkeypatch) -> None:
    monkeypatch.setattr(deliveries, "MOST", 3)
    with engine.begin() as connection:
        for _ in range(5):
            deliveries.enqueue(connection, rule, "raised", 10, {})
        waiting = deliveries.due(connection, 10, 9, HOUR)
        assert len(waiting) == 3
        assert "3 others wait" in deliveries.log(connection)[0].outcome
        for one in waiting:
            deliveries.tried(connection, one.id, 11, 200, "delivered", None)
        deliveries.trim(connection)
        assert len(deliveries.log(connection)) == 3
