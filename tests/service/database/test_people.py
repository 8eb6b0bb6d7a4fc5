"""Users and sessions."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select, text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import people
from counterpoise.service.database.people import SESSION
from counterpoise.service.database.tables import User


def number(connection, name: str) -> int:
    return connection.scalar(select(User.id).where(User.name == name))


def test_a_session_is_secret_and_ends(engine) -> None:
    with engine.begin() as connection:
        people.add_user(connection, "ada", "hash", "admin", 0, "me")
        secret = people.open_session(connection, number(connection, "ada"), 10)
        found = people.of_session(connection, secret, 11)
        assert (found.name, found.role) == ("ada", "admin")
        assert len(found.csrf) >= 20
        stored = connection.execute(text("SELECT * FROM sessions")).all()
        assert secret not in str(stored)
        assert people.of_session(connection, secret, 10 + SESSION) is None
        assert people.of_session(connection, secret + "x", 11) is None
        people.close_session(connection, secret)
        assert people.of_session(connection, secret, 11) is None


def test_another_password_ends_all_sessions(engine) -> None:
    with engine.begin() as connection:
        people.add_user(connection, "ada", "hash", "admin", 0, "me")
        secret = people.open_session(connection, number(connection, "ada"), 0)
        people.set_password(connection, "ada", "other", 1, "me")
        assert people.of_session(connection, secret, 1) is None
        assert people.password_of(connection, "ada")[1] == "other"


def test_the_last_admin_stays(engine) -> None:
    with engine.begin() as connection:
        people.add_user(connection, "ada", "hash", "admin", 0, "me")
        people.add_user(connection, "bob", "hash", "viewer", 0, "me")
        with pytest.raises(ArgumentError, match="the only admin"):
            people.remove_user(connection, "ada", 1, "bob")
        assert people.users(connection) == [("ada", "admin"), ("bob", "viewer")]
        assert people.has_users(connection)


@pytest.mark.parametrize(
    ("name", "said"), [("ada", "already"), ("", "1 to 100"), ("x" * 101, "1 to")]
)
def test_names_that_cannot_be_are_refused(engine, name: str, said: str) -> None:
    with engine.begin() as connection:
        people.add_user(connection, "ada", "hash", "viewer", 0, "me")
        with pytest.raises(ArgumentError, match=said):
            people.add_user(connection, name, "hash", "viewer", 0, "me")
        with pytest.raises(ArgumentError, match="no user 'eve'"):
            people.set_password(connection, "eve", "hash", 0, "me")
        with pytest.raises(ArgumentError, match="no user 'eve'"):
            people.named(connection, "eve")
        assert people.named(connection, "ada").role == "viewer"
