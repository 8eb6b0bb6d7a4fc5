"""Tokens of users."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import people, tokens


@pytest.fixture
def two(engine) -> tuple[int, int]:
    """The numbers of two users."""
    with engine.begin() as connection:
        for name in ("ada", "bob"):
            people.add_user(connection, name, "hash", "admin", 0, "me")
        return tuple(people.named(connection, name).id for name in ("ada", "bob"))


def test_a_token_is_secret_and_goes_with_its_user(engine, two) -> None:
    with engine.begin() as connection:
        secret = tokens.add_token(connection, two[1], "t", "viewer", 0, "bob")
        known = tokens.of_token(connection, secret)
        assert (known.person.name, known.person.role, known.role) == ("bob", "admin", "viewer")
        assert known.person.csrf == ""
        assert secret not in str(connection.execute(text("SELECT * FROM tokens")).all())
        people.remove_user(connection, "bob", 1, "ada")
        assert tokens.of_token(connection, secret) is None


def test_a_user_revokes_only_its_own(engine, two) -> None:
    with engine.begin() as connection:
        secret = tokens.add_token(connection, two[0], "t", "viewer", 5, "ada")
        (own,) = tokens.listed(connection, two[0])
        assert (own.user, own.name, own.created, own.used) == ("ada", "t", 5, None)
        assert tokens.listed(connection, two[1]) == []
        with pytest.raises(ArgumentError, match="no token"):
            tokens.revoke(connection, own.id, two[1], 6, "bob")
        assert tokens.of_token(connection, secret) is not None
        tokens.revoke(connection, own.id, None, 6, "bob")
        assert tokens.of_token(connection, secret) is None
        lines = connection.execute(text("SELECT what, detail FROM audit ORDER BY id DESC")).all()
        assert tuple(lines[0]) == ("token revoked", "t of ada")


def test_its_last_use_is_kept_to_the_minute(engine, two) -> None:
    with engine.begin() as connection:
        secret = tokens.add_token(connection, two[0], "t", "viewer", 5, "ada")
        tokens.used(connection, tokens.of_token(connection, secret).id, 7)
        assert tokens.of_token(connection, secret).used == 7
    assert tokens.is_new_use(None, 7)
    assert not tokens.is_new_use(7, 7 + tokens.FRESH - 1)
    assert tokens.is_new_use(7, 7 + tokens.FRESH)
    assert tokens.is_new_use(10**15, 7), "the clock was set back"


def test_names_and_numbers_have_bounds(engine, two) -> None:
    with engine.begin() as connection:
        for name in ("", "  ", "x" * 101):
            with pytest.raises(ArgumentError, match="1 to 100"):
                tokens.add_token(connection, two[0], name, "viewer", 5, "ada")
        for i in range(tokens.MOST):
            tokens.add_token(connection, two[0], f"t{i}", "viewer", 5, "ada")
        with pytest.raises(ArgumentError, match="at most 50"):
            tokens.add_token(connection, two[0], "one more", "viewer", 5, "ada")
        assert tokens.add_token(connection, two[1], "t", "viewer", 5, "bob")
