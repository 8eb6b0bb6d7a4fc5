"""Passwords, as argon2 hashes."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from counterpoise.errors import ArgumentError

SHORTEST, LONGEST = 10, 200  # characters

_hasher = PasswordHasher()  # its defaults are those of RFC 9106, section 4


def hashed(password: str) -> str:
    """The hash of a password.

    Raises:
        ArgumentError: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ArgumentError(
            f"a password has {SHORTEST} to {LONGEST} characters; got {len(password)}"
        )
    return _hasher.hash(password)


def is_right(password: str, stored: str | None) -> bool:
    """Whether a password has this hash; with None, no, after as long a time."""
    try:
        _hasher.verify(stored or _nobodys(), password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


def random_password() -> str:
    """A new password that nobody guesses."""
    return secrets.token_urlsafe(12)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(12))
