"""What SQLite and PostgreSQL are told in their own words does the same on both."""

import threading

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import Connection, func, insert, select, text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, credentials, label_queue, labels, people, tokens
from counterpoise.service.database.dialect import (
    adding,
    in_box,
    is_postgresql,
    one_at_a_time,
    unless_there,
)
from counterpoise.service.database.tables import Account, Camera, Model


def test_numbers_are_added_to_those_that_are_there(engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(id=1, name="a", kind="push", url="", interval=1))
        statement = adding(connection, Account, ["camera_id", "what"], ["number"])
        for _ in range(2):
            connection.execute(
                statement,
                [{"camera_id": 1, "what": w, "number": n} for w, n in (("a", 1), ("b", 5))],
            )
        found = dict(connection.execute(select(Account.what, Account.number)).all())
    assert found == {"a": 2, "b": 10}


def test_a_row_that_is_there_is_left_alone(engine) -> None:
    with engine.begin() as connection:
        for name in ("first", "second"):
            values = {"digest": "d", "name": name, "classes": "[]", "since": 1}
            connection.execute(unless_there(connection, Model).values(values))
        assert connection.scalars(select(Model.name)).all() == ["first"]


def test_points_in_a_box_are_found_by_an_index(engine) -> None:
    inside, outside = [(1.0, 2.0), (3.0, 4.0)], [(0.5, 3.0), (2.0, 4.5), (None, None)]
    with engine.begin() as connection:
        for latitude, longitude in inside + outside:
            row = {"name": "a", "kind": "push", "url": "", "interval": 1}
            row |= {"latitude": latitude, "longitude": longitude}
            connection.execute(insert(Camera).values(row))
        query = select(Camera.latitude, Camera.longitude).where(in_box(1, 2, 3, 4))
        assert sorted(map(tuple, connection.execute(query))) == inside
        if is_postgresql(connection):
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            asked = "SELECT id FROM cameras WHERE point(longitude, latitude) <@ box '(1,1),(2,2)'"
            plan = connection.scalars(text(f"EXPLAIN {asked}")).all()
            assert any("camera_places" in line for line in plan)


def test_one_waits_until_the_other_is_done(engine) -> None:
    """In SQLite by its lock on writing, in PostgreSQL by one of ours."""
    order = []

    def second() -> None:
        with engine.begin() as connection:
            number_of(connection)  # what is read before may be another one after
            one_at_a_time(connection, "changes")
            order.append(("second", number_of(connection)))
            add_model(connection, "second")

    with engine.begin() as connection:
        number_of(connection)
        one_at_a_time(connection, "changes")
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        order.append(("first", number_of(connection)))
        add_model(connection, "first")
    thread.join(30)
    assert order == [("first", 0), ("second", 1)]


@pytest.mark.parametrize("writes_before", [True, False])
def test_a_transaction_takes_its_turn_as_often_as_it_wants(engine, writes_before: bool) -> None:
    with engine.connect() as connection:
        if writes_before:
            add_model(connection, "undone")
        for what in ("changes", "results", "changes"):
            one_at_a_time(connection, what)
        add_model(connection, "undone, too")
    with engine.begin() as connection:  # which waits for nobody
        one_at_a_time(connection, "changes")
        assert number_of(connection) == 0


def number_of(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(Model))


def add_model(connection: Connection, name: str) -> None:
    row = {"digest": name, "name": name, "classes": "[]", "since": 1}
    connection.execute(insert(Model).values(row))


@pytest.mark.parametrize("what", ["a queue", "a password", "a token", "a camera's password"])
def test_who_writes_a_line_of_the_audit_log_waits_for_others_before_writing_anything(
    engine, frames, in_turn, what: str
) -> None:
    """Else each of two waits for what the other has, until PostgreSQL refuses one of them."""
    with engine.begin() as connection:
        for name in ("ann", "bob"):
            people.add_user(connection, name, "hash", "admin", 1, "me")
        bob = people.named(connection, "bob").id
        tokens.add_token(connection, bob, "program", "viewer", 1, "bob")
        (token,) = (one.id for one in tokens.listed(connection, bob))
        credentials.keep(connection, 1, b"secret", 1, "me")
    mine, theirs = {
        "a queue": (
            lambda c: label_queue.forget_unlabelled(c, 9, "me"),
            lambda c: labels.give(c, 2, "ann", labels.Verdict("class", "cat"), 8),
        ),
        "a password": (
            lambda c: people.set_password(c, "bob", "another", 9, "me"),
            lambda c: people.remove_user(c, "bob", 8, "ann"),
        ),
        "a token": (
            lambda c: tokens.revoke(c, token, None, 9, "me"),
            lambda c: people.remove_user(c, "bob", 8, "ann"),
        ),
        "a camera's password": (
            lambda c: credentials.keep(c, 1, None, 9, "me"),
            lambda c: cameras.remove(c, 1, 8, "ann"),
        ),
    }[what]

    def begun():
        with engine.begin() as connection:
            return mine(connection)

    if what in ("a password", "a token"):
        with pytest.raises(ArgumentError, match=r"no (user 'bob'|token)"):
            in_turn(engine, lambda connection: None, begun, theirs)
    else:
        found = in_turn(engine, lambda connection: None, begun, theirs)
        assert found == (4 if what == "a queue" else None)
