"""Users, and who of them is logged in."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.tables import Session, User

SESSION = 12 * 3600 * 1_000_000  # microseconds that a session lasts


@dataclass(frozen=True)
class Person:
    """Somebody who asks: a user in a browser, or a program with a token."""

    id: int
    name: str
    role: str
    csrf: str = ""  # of the session; a token has none


def has_users(connection: Connection) -> bool:
    """Whether anybody may log in."""
    return bool(connection.scalar(select(func.count()).select_from(User)))


def add_user(
    connection: Connection, name: str, password: str, role: str, now: int, by: str
) -> None:
    """A new user; `password` is a hash.

    Raises:
        ArgumentError: no name, or it is taken.
    """
    if not 1 <= len(name.strip()) <= 100:
        raise ArgumentError(f"a user's name has 1 to 100 characters; got '{name[:120]}'")
    one_at_a_time(connection, "changes")
    if connection.scalar(select(User.id).where(User.name == name)) is not None:
        raise ArgumentError(f"there is a user '{name}' already")
    connection.execute(insert(User).values(name=name, password=password, role=role, created=now))
    note(connection, now, by, "user added", f"{name}, {role}")


def set_password(connection: Connection, name: str, password: str, now: int, by: str) -> None:
    """Another password, as a hash; whoever is logged in with the old one is logged out.

    Raises:
        ArgumentError: no such user.
    """
    one_at_a_time(connection, "changes")
    number = connection.scalar(select(User.id).where(User.name == name))
    if number is None:
        raise ArgumentError(f"no user '{name}'")
    connection.execute(update(User).where(User.id == number).values(password=password))
    connection.execute(delete(Session).where(Session.user_id == number))
    note(connection, now, by, "password changed", name)


def remove_user(connection: Connection, name: str, now: int, by: str) -> None:
    """Forget a user, with all sessions and tokens.

    Raises:
        ArgumentError: no such user, or the last admin.
    """
    one_at_a_time(connection, "changes")
    role = connection.scalar(select(User.role).where(User.name == name))
    if role is None:
        raise ArgumentError(f"no user '{name}'")
    admins = connection.scalar(select(func.count()).select_from(User).where(User.role == "admin"))
    if role == "admin" and admins == 1:
        raise ArgumentError(f"'{name}' is the only admin; make another one first")
    connection.execute(delete(User).where(User.name == name))
    note(connection, now, by, "user removed", name)


def users(connection: Connection) -> list[tuple[str, str]]:
    """Names and roles."""
    return [(u, r) for u, r in connection.execute(select(User.name, User.role).order_by(User.name))]


def named(connection: Connection, name: str) -> Person:
    """The user of a name.

    Raises:
        ArgumentError: no such user.
    """
    found = connection.execute(
        select(User.id, User.name, User.role).where(User.name == name)
    ).first()
    if found is None:
        raise ArgumentError(f"no user '{name}'")
    return Person(*found)


def password_of(connection: Connection, name: str) -> tuple[int, str] | None:
    """Number and password hash of a user."""
    found = connection.execute(select(User.id, User.password).where(User.name == name)).first()
    return None if found is None else (found[0], found[1])


def open_session(connection: Connection, user: int, now: int) -> str:
    """Log a user in; the secret of the session, which is always a new one."""
    secret = secrets.token_urlsafe(32)
    connection.execute(delete(Session).where(Session.ends <= now))
    connection.execute(
        insert(Session).values(
            digest=digest(secret),
            user_id=user,
            csrf=secrets.token_urlsafe(24),
            ends=now + SESSION,
        )
    )
    return secret


def close_session(connection: Connection, secret: str) -> None:
    """Log out."""
    connection.execute(delete(Session).where(Session.digest == digest(secret)))


def of_session(connection: Connection, secret: str, now: int) -> Person | None:
    """Who has this session, if it has not ended."""
    query = (
        select(User.id, User.name, User.role, Session.csrf)
        .join(Session, Session.user_id == User.id)
        .where(Session.digest == digest(secret), Session.ends > now)
    )
    found = connection.execute(query).first()
    return None if found is None else Person(*found)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
