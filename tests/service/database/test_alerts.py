"""Rules and what they raise."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from pydantic import ValidationError
from sqlalchemy import insert, text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import alerts
from counterpoise.service.database.alerts import KINDS, RuleFields
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera

RATE = {"name": "dogs", "kind": "class rate", "label": "dog"}


def test_what_is_not_said_is_of_the_kind() -> None:
    for kind, about in KINDS.items():
        rule = RuleFields(name="x", kind=kind, label="dog")
        assert (rule.raise_at, rule.quiet) == (about.raise_at, about.quiet)
        assert rule.clear_at <= rule.raise_at


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"label": ""}, "names a class"),
        ({"raise_at": 5, "clear_at": 5}, "or it flaps; got 5 and 5"),
        ({"kind": "disk", "raise_at": 101, "clear_at": 1}, "at most 100 percent"),
        ({"kind": "weather"}, "class seen"),
        ({"window": 5}, "60"),
        ({"search": {"place": "Lisbon"}}, "not place"),
    ],
)
def test_rules_that_cannot_be(given, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RuleFields.model_validate(RATE | given)


def test_a_rule_comes_back_as_it_was(engine) -> None:
    fields = RuleFields(**RATE, search=Search(words="pier", km=3, latitude=1, longitude=2))
    with engine.begin() as connection:
        made = alerts.add(connection, fields, 1, "me")
        assert alerts.rule(connection, made.id) == made
        assert made.secret.startswith("whsec_")
        with pytest.raises(ArgumentError, match="a rule 'dogs' already"):
            alerts.add(connection, fields, 1, "me")
        other = fields.model_copy(update={"camera": 7, "is_active": False})
        alerts.change(connection, made.id, other, 2, "me")
        assert alerts.rule(connection, made.id).fields == other
        assert alerts.rules(connection, only_active=True) == []
        assert alerts.renew_secret(connection, made.id, 3, "me") != made.secret
        alerts.remove(connection, made.id, 4, "me")
        assert alerts.rules(connection) == []
        audit = connection.execute(text("SELECT what, detail FROM audit ORDER BY id")).all()
        assert [what for what, _ in audit] == [
            "alert rule added", "alert rule changed", "alert secret renewed", "alert rule removed",
        ]  # fmt: skip
        assert made.secret not in str(audit)


def test_what_is_raised_is_the_last_line_of_each_rule_and_camera(engine) -> None:
    with engine.begin() as connection:
        rows = [
            {"id": n, "name": f"c{n}", "kind": "push", "url": "", "interval": 1} for n in (1, 2)
        ]
        connection.execute(insert(Camera), rows)
        one = alerts.add(connection, RuleFields(**RATE), 1, "me").id
        for camera, is_raised in ((1, True), (2, True), (None, True), (1, False)):
            alerts.write(connection, one, camera, 5, is_raised, 1, "d")
        found = [(a.camera, a.camera_name) for a in alerts.raised(connection)]
        assert found == [(2, "c2"), (None, "")]
        assert [a.is_raised for a in alerts.log(connection)] == [False, True, True, True]
        assert alerts.log(connection, rule=one + 1) == []


def test_the_log_is_bounded_and_forgets_nothing_that_is_raised(engine, monkeypatch) -> None:
    monkeypatch.setattr(alerts, "LINES", 10)
    with engine.begin() as connection:
        old = alerts.add(connection, RuleFields(**RATE | {"name": "old"}), 1, "me")
        busy = alerts.add(connection, RuleFields(**RATE), 1, "me")
        alerts.write(connection, old.id, None, 2, True, 1, "")
        for at in range(40):
            alerts.write(connection, busy.id, None, at, at % 2 == 0, 1, "")
        before = alerts.raised(connection)
        alerts.trim(connection)
        assert alerts.raised(connection) == before
        assert [one.name for one in before] == ["old"]
        assert len(alerts.log(connection)) == 11
