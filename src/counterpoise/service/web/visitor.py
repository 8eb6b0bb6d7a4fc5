"""Who asks, and whether they may: a session's cookie, or a token in ``Authorization: Bearer``."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Form, Header, HTTPException, Path, Request
from sqlalchemy.exc import OperationalError

from counterpoise.service.access.roles import lower, may
from counterpoise.service.database import people, tokens
from counterpoise.service.database.people import Person
from counterpoise.service.runtime.clock import now
from counterpoise.service.system import System
from counterpoise.service.web.site import Running

COOKIE = "counterpoise_session"


class NotLoggedInError(Exception):
    """A page was asked for by somebody who is not logged in."""


def known(request: Request, system: Running) -> Person | None:
    """Who asks, if that is known."""
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith("Bearer "):
        return _of_token(system, bearer.removeprefix("Bearer ").strip())
    secret = request.cookies.get(COOKIE, "")
    if not secret:
        return None
    with system.engine.connect() as connection:
        return people.of_session(connection, secret, now())


def _of_token(system: System, secret: str) -> Person | None:
    with system.engine.connect() as connection:
        found = tokens.of_token(connection, secret)
    if found is None:
        return None
    at = now()
    if tokens.is_new_use(found.used, at):
        with suppress(OperationalError), system.engine.begin() as connection:  # a full disk
            tokens.used(connection, found.id, at)
    person = found.person
    return Person(person.id, person.name, lower(person.role, found.role))


Number = Annotated[int, Path(ge=0, lt=2**63, description="Number of the row.")]  # as SQLite counts

Known = Annotated[Person | None, Depends(known)]


def _needs(role: str) -> object:
    def visitor(request: Request, person: Known) -> Person:
        if person is None:
            if request.url.path.startswith("/api/"):
                raise HTTPException(401, "log in, or send Authorization: Bearer with a token")
            raise NotLoggedInError
        request.state.person = person
        if not may(person.role, role):
            raise HTTPException(
                403,
                f"this takes the role {role}; yours is {person.role} (an admin gives roles to "
                "users; a token gets its role when it is made)",
            )
        return person

    return Depends(visitor)


Viewer = Annotated[Person, _needs("viewer")]
Labeller = Annotated[Person, _needs("labeller")]
Operator = Annotated[Person, _needs("operator")]
Admin = Annotated[Person, _needs("admin")]


CsrfHeader = Annotated[
    str,
    Header(
        alias="X-CSRF-Token",
        max_length=100,
        description="The secret of the session, from a page; none is needed with a token.",
    ),
]


def meant(
    person: Known,
    csrf: Annotated[str, Form(max_length=100)] = "",
    header: CsrfHeader = "",
) -> None:
    """Refuse a form that another site sent; a token's holder needs no form of ours."""
    if person is None or not person.csrf:
        return
    if not secrets.compare_digest((csrf or header).encode(), person.csrf.encode()):
        raise HTTPException(403, "this form is not from this page, or is too old; load it again")


def meant_program(person: Known, header: CsrfHeader = "") -> None:
    """The same, of a request that is no form."""
    meant(person, "", header)


Meant = Depends(meant)
MeantProgram = Depends(meant_program)
