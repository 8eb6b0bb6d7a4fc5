"""Where the database is: a file of SQLite in the folder, or an address of PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError as NoURLError

from counterpoise.errors import ArgumentError

DATABASE = "counterpoise.sqlite"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg")
OWN = "postgresql+psycopg"
EXAMPLE = "postgresql://counterpoise@db.example.org/counterpoise"
PASSWORD = "password"
SHOWN = ("host", "port", "sslmode")  # of what libpq takes behind "?"; some of it is secret


def place(folder: Path, address: str) -> Path | URL:
    """The file in the folder, or what an address says.

    Every address of PostgreSQL is opened by psycopg, whatever driver it names: the server asks its
    database from threads, and so would have nothing of asyncpg's. A password behind "?", which
    libpq takes, too, becomes the one of the user.

    >>> str(place(Path("x"), "postgresql+asyncpg://ada:secret@db/counterpoise?ssl=require"))
    'postgresql+psycopg://ada:***@db/counterpoise?sslmode=require'

    Raises:
        ArgumentError: it is no address of PostgreSQL.
    """
    if not address:
        return folder / DATABASE
    try:
        url = make_url(address)
        is_known = url.drivername in POSTGRESQL
    except (NoURLError, ValueError):  # which repeat the address, and its password with it
        is_known = False
    if not is_known or not url.database:
        raise ArgumentError(
            f"the database is named as {EXAMPLE} (without one it is a file in the folder); got "
            f"{_shown(address)}"
        )
    query = {{"ssl": "sslmode"}.get(name, name): value for name, value in url.query.items()}
    password = query.pop(PASSWORD, url.password)
    if isinstance(password, tuple):  # given twice: the last one counts
        password = password[-1]
    return url.set(drivername=OWN, password=password, query=query)


def shown(url: URL) -> str:
    """An address without what may be secret.

    >>> shown(place(Path("x"), "postgresql://ada@db/c?password=a&sslmode=require&sslpassword=b"))
    'postgresql+psycopg://ada:***@db/c?sslmode=require'
    """
    query = {name: value for name, value in url.query.items() if name in SHOWN}
    return url.set(query=query).render_as_string(hide_password=True)


def _shown(address: str) -> str:
    """An address that is none, without what may be a password."""
    scheme, _, rest = address.partition("://")
    if not rest:
        return "something without ://"
    user, _, end = rest.rpartition("@")
    if re.search(r"[?;&]", user):  # a password may begin there, and have the @ in it
        end = "..."
    return f"'{scheme}://{re.split(r'[?;&]', end)[0]}'"
