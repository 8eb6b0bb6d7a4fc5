"""Passwords are kept as hashes, and nobody's password is right."""

import pytest

pytest.importorskip("argon2", reason="needs the extra serve: argon2-cffi")

from counterpoise.errors import ArgumentError
from counterpoise.service.access.passwords import hashed, is_right, random_password


def test_only_the_password_is_right() -> None:
    secret = hashed("a long password")
    assert "a long password" not in secret
    assert is_right("a long password", secret)
    assert not is_right("a long passwore", secret)
    assert not is_right("a long password", None)
    assert not is_right("a long password", "no hash")


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_of_another_length_is_refused(password: str) -> None:
    with pytest.raises(ArgumentError, match="10 to 200 characters"):
        hashed(password)


def test_random_passwords_differ() -> None:
    assert len({random_password() for _ in range(100)}) == 100
    assert len(random_password()) >= 16
