"""Tokens: what programs send in place of a password. Each user has some, and sees only those."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.people import Person, digest
from counterpoise.service.database.tables import Token, User

MOST = 50  # of one user
FRESH = 60_000_000  # microseconds in which another use is not written down


@dataclass(frozen=True)
class KnownToken:
    """A token whose secret was sent: whose it is, its own role, and when it was used before."""

    id: int
    person: Person
    role: str
    used: int | None


@dataclass(frozen=True)
class ListedToken:
    """A token as its user sees it; the secret is not kept."""

    id: int
    user: str
    name: str
    role: str
    created: int
    used: int | None


def add_token(connection: Connection, user: int, name: str, role: str, now: int, by: str) -> str:
    """A new token of a user; it is not kept, and so never shown again.

    Raises:
        ArgumentError: no name, or the user has too many.
    """
    if not 1 <= len(name.strip()) <= 100:
        raise ArgumentError("a token has a name of 1 to 100 characters: the program that uses it")
    one_at_a_time(connection, "changes")
    query = select(func.count()).select_from(Token).where(Token.user_id == user)
    if (connection.scalar(query) or 0) >= MOST:
        raise ArgumentError(f"a user has at most {MOST} tokens; revoke one that is not used")
    secret = f"cp_{secrets.token_urlsafe(32)}"
    connection.execute(
        insert(Token).values(
            digest=digest(secret), user_id=user, name=name.strip(), role=role, created=now
        )
    )
    note(connection, now, by, "token added", f"{name.strip()}, {role}")
    return secret


def of_token(connection: Connection, secret: str) -> KnownToken | None:
    """Whose token this is, if it is one."""
    query = (
        select(Token.id, User.id, User.name, User.role, Token.role, Token.used)
        .join(Token, Token.user_id == User.id)
        .where(Token.digest == digest(secret))
    )
    found = connection.execute(query).first()
    if found is None:
        return None
    return KnownToken(found[0], Person(found[1], found[2], found[3]), found[4], found[5])


def is_new_use(before: int | None, now: int) -> bool:
    """Whether a use is worth writing down; a program may ask hundreds of times a second."""
    return before is None or not 0 <= now - before < FRESH


def used(connection: Connection, number: int, now: int) -> None:
    """A token was used."""
    connection.execute(update(Token).where(Token.id == number).values(used=now))


def listed(connection: Connection, user: int | None) -> list[ListedToken]:
    """The tokens of a user, or with None of all, the newest first."""
    query = (
        select(Token.id, User.name, Token.name, Token.role, Token.created, Token.used)
        .join(User, User.id == Token.user_id)
        .order_by(Token.id.desc())
    )
    if user is not None:
        query = query.where(Token.user_id == user)
    return [ListedToken(*row) for row in connection.execute(query)]


def revoke(connection: Connection, number: int, user: int | None, now: int, by: str) -> None:
    """End a token of a user, or with None of anybody.

    Raises:
        ArgumentError: the user has no such token, which says nothing of other users'.
    """
    one_at_a_time(connection, "changes")
    query = select(Token.name, User.name).join(User, User.id == Token.user_id)
    query = query.where(Token.id == number)
    if user is not None:
        query = query.where(Token.user_id == user)
    found = connection.execute(query).first()
    if found is None:
        raise ArgumentError(f"no token {number}")
    connection.execute(delete(Token).where(Token.id == number))
    note(connection, now, by, "token revoked", f"{found[0]} of {found[1]}")
