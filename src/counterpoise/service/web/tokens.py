"""One's own tokens: a page, and the same for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from counterpoise.errors import ArgumentError
from counterpoise.service.access.roles import may, require_own_role, up_to
from counterpoise.service.database import tokens
from counterpoise.service.database.people import Person
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Meant, MeantProgram, Number, Viewer

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/tokens")


class TokenIn(BaseModel):
    """A token to be made."""

    name: str = Field(max_length=100, description="Which program uses it.", examples=["grafana"])
    role: str = Field(
        "viewer", max_length=20, description="What it may do: no more than whoever makes it."
    )


class TokenOut(BaseModel):
    """A token, without its secret."""

    id: int
    user: str
    name: str
    role: str
    created: int = Field(description="Microseconds since 1970, UTC.")
    used: int | None = Field(description="When it was last used, to the minute.")


class NewToken(BaseModel):
    """The secret of a token, which is shown this once."""

    token: str = Field(description="Send it as Authorization: Bearer.", examples=["cp_..."])


@router.get("/tokens")
def whole(request: Request, system: Running, person: Viewer) -> Response:
    """The page."""
    return _page(request, system, person)


@router.post("/tokens", dependencies=[Meant])
def add(
    request: Request,
    system: Running,
    person: Viewer,
    name: Annotated[str, Form(max_length=200)] = "",
    role: Annotated[str, Form(max_length=20)] = "viewer",
) -> Response:
    """Make a token, and show it once."""
    try:
        secret = _added(system, person, name, role)
    except ArgumentError as error:
        return _page(request, system, person, 422, fault=str(error), given=name)
    return _page(request, system, person, 201, secret=secret)


@router.post("/tokens/{number}/revoke", dependencies=[Meant])
def end(system: Running, person: Viewer, number: Number) -> Response:
    """Revoke a token."""
    revoke(system, person, number)
    return RedirectResponse("/tokens", 303)


@api.get("")
def listed(
    system: Running,
    person: Viewer,
    everybody: Annotated[bool, Query(description="Those of all users, for admins.")] = False,
) -> list[TokenOut]:
    """The tokens of the user who asks."""
    if everybody and not may(person.role, "admin"):
        raise HTTPException(403, f"this takes the role admin; yours is {person.role}")
    with system.engine.connect() as connection:
        found = tokens.listed(connection, None if everybody else person.id)
    return [TokenOut.model_validate(one, from_attributes=True) for one in found]


@api.post("", status_code=201, dependencies=[MeantProgram])
def make(system: Running, person: Viewer, asked: Annotated[TokenIn, Body()]) -> NewToken:
    """Make a token of the user who asks."""
    try:
        return NewToken(token=_added(system, person, asked.name, asked.role))
    except ArgumentError as error:
        raise HTTPException(422, str(error)) from None


@api.delete("/{number}", status_code=204, dependencies=[MeantProgram])
def revoke(system: Running, person: Viewer, number: Number) -> None:
    """Revoke a token of one's own; an admin may revoke anybody's."""
    whose = None if may(person.role, "admin") else person.id
    try:
        with system.engine.begin() as connection:
            tokens.revoke(connection, number, whose, now(), person.name)
    except ArgumentError as error:
        raise HTTPException(404, str(error)) from None


def _added(system: Running, person: Person, name: str, role: str) -> str:
    require_own_role(role, person.role)
    with system.engine.begin() as connection:
        return tokens.add_token(connection, person.id, name, role, now(), person.name)


def _page(
    request: Request,
    system: Running,
    person: Person,
    status: int = 200,
    *,
    fault: str = "",
    secret: str = "",
    given: str = "",
) -> Response:
    with system.engine.connect() as connection:
        own = tokens.listed(connection, person.id)
        others = []
        if may(person.role, "admin"):
            others = [one for one in tokens.listed(connection, None) if one.user != person.name]
    return page(
        request, "tokens", status, own=own, others=others, roles=up_to(person.role), fault=fault,
        secret=secret, given=given,
    )  # fmt: skip
