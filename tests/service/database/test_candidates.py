"""Candidates in the database: one is shadowed at a time, and counts add up."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select

from counterpoise.errors import ArgumentError
from counterpoise.service.database import candidates
from counterpoise.service.database.candidates import BROKEN, SHADOWED, WAITING, Tally
from counterpoise.service.database.tables import AuditEntry


@pytest.fixture
def connection(engine):
    with engine.begin() as connection:
        yield connection


@pytest.fixture
def two(connection) -> list[int]:
    """Candidates of two models; the running model is number 1."""
    numbers = []
    for name in ("runs", "b", "c"):
        model = candidates.model_of(connection, name * 10, name, ["x", "y"], 5)
        if name != "runs":
            numbers.append(candidates.add(connection, model, 5, "kim", "/srv", (1.0, 2.0)))
    return numbers


def states(connection) -> list[str]:
    return [one.state for one in reversed(candidates.every(connection))]


def test_one_is_shadowed_at_a_time(connection, two) -> None:
    candidates.shadow(connection, two[0], True, 6, "kim")
    assert states(connection) == [SHADOWED, WAITING]
    candidates.shadow(connection, two[1], False, 7, "kim")
    assert states(connection) == [WAITING, SHADOWED]
    assert not candidates.one(connection, two[0]).by_rule
    found = candidates.shadowed(connection)
    assert found is not None
    assert (found.id, found.since, found.classes) == (two[1], 7, ("x", "y"))
    candidates.shadow(connection, two[1], True, 8, "kim")
    assert candidates.one(connection, two[1]).since == 7, "it goes on"
    candidates.stop(connection, two[1], 9, "kim")
    assert candidates.shadowed(connection) is None


def test_a_model_is_a_candidate_once(connection, two) -> None:
    model = candidates.model_of(connection, "b" * 10, "another name", [], 9)
    assert model == candidates.one(connection, two[0]).model
    with pytest.raises(ArgumentError, match="candidate 1 already, b"):
        candidates.add(connection, model, 9, "kim", "/srv")
    with pytest.raises(ArgumentError, match="no candidate 99"):
        candidates.one(connection, 99)


def test_no_number_is_given_twice(connection, two) -> None:
    candidates.remove(connection, two[1], 9, "kim")
    model = candidates.model_of(connection, "d" * 10, "d", ["x", "y"], 9)
    assert candidates.add(connection, model, 9, "kim", "/srv") > two[1]


def test_a_broken_one_is_shadowed_no_more(connection, two) -> None:
    candidates.shadow(connection, two[0], True, 6, "kim")
    candidates.broke(connection, two[0], "a bad node", 7)
    found = candidates.one(connection, two[0])
    assert (found.state, found.fault, found.by_rule) == (BROKEN, "a bad node", False)
    with pytest.raises(ArgumentError, match="cannot be run: a bad node"):
        candidates.shadow(connection, two[0], False, 8, "kim")


def test_counts_add_up(connection, two) -> None:
    model = candidates.one(connection, two[0]).model
    for camera in (3, 4):
        seen = {(1, "x", "y"): Tally(2, 1.0, 1.5, camera, camera * 10)}
        candidates.count(connection, two[0], seen, 2, 1, 0, 0.5)
    candidates.count(connection, two[0], {(1, "x", "x"): Tally(1)}, 1, 0, 4, 0.0)
    candidates.count(connection, 99, {(1, "x", "x"): Tally(1)}, 1, 0, 0, 0.0)  # it was removed
    found = candidates.one(connection, two[0])
    assert (found.seen, found.skipped, found.failed, found.seconds) == (5, 2, 4, 1.0)
    pairs = candidates.pairs(connection, model, 1)
    assert pairs["x", "y"] == Tally(4, 2.0, 3.0, 4, 40)
    assert pairs["x", "x"].number == 1
    assert candidates.pairs(connection, model, 2) == {}


def test_all_changes_are_in_the_audit_log(connection, two) -> None:
    candidates.shadow(connection, two[0], True, 6, "kim")
    candidates.stop(connection, two[0], 7, "eve")
    candidates.broke(connection, two[1], "it ends", 8)
    candidates.remove(connection, two[1], 9, "eve")
    found = connection.execute(select(AuditEntry.who, AuditEntry.what)).all()
    assert found == [
        ("kim", "model added"), ("kim", "model added"), ("kim", "model shadowed"),
        ("eve", "model not shadowed"), ("the server", "model broken"), ("eve", "model removed"),
    ]  # fmt: skip
    assert len(candidates.every(connection)) == 1
