"""Where the database is: a file of SQLite in the folder, or an address of PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError as NoURLError

from counterpoise.errors import ArgumentError

DATABASE = "counterpoise.sqlite"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg")
OWN = "postgresql+psycopg"
EXAMPLE = "postgresql://counterpoise@db.example.org/counterpoise"


def place(folder: Path, address: str) -> Path | URL:
    """The file in the folder, or what an address says.

    Every address of PostgreSQL is opened by psycopg, whatever driver it names: the server asks its
    database from threads, and so would have nothing of asyncpg's.

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
    return url.set(drivername=OWN, query=query)


def _shown(address: str) -> str:
    """An address that is none, without what may be a password."""
    scheme, _, rest = address.partition("://")
    return f"'{scheme}://{rest.rpartition('@')[2]}'" if rest else "something without ://"
