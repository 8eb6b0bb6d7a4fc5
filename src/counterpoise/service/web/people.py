"""Users, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from counterpoise.errors import ArgumentError
from counterpoise.service.access.passwords import hashed, is_right
from counterpoise.service.access.roles import ROLES, require_role
from counterpoise.service.database import audit, people
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import Admin, Meant, Viewer

router = APIRouter(include_in_schema=False)


@router.get("/users")
def users(request: Request, system: Running, person: Admin) -> Response:
    """Who may log in."""
    return _page(request, system, "")


@router.post("/users", dependencies=[Meant])
def add(
    request: Request,
    system: Running,
    person: Admin,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    role: Annotated[str, Form(max_length=20)] = "viewer",
) -> Response:
    """Add a user."""
    try:
        secret = hashed(password)
        with system.engine.begin() as connection:
            people.add_user(
                connection, name.strip(), secret, require_role(role), now(), person.name
            )
    except ArgumentError as error:
        return _page(request, system, str(error), 422)
    return RedirectResponse("/users", 303)


@router.post("/users/remove", dependencies=[Meant])
def remove(
    request: Request,
    system: Running,
    person: Admin,
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Remove a user."""
    try:
        with system.engine.begin() as connection:
            people.remove_user(connection, name, now(), person.name)
    except ArgumentError as error:
        return _page(request, system, str(error), 422)
    return RedirectResponse("/users", 303)


@router.get("/password")
def form(request: Request, person: Viewer) -> Response:
    """The form for another password of one's own."""
    return page(request, "password", fault="")


@router.post("/password", dependencies=[Meant])
def change(
    request: Request,
    system: Running,
    person: Viewer,
    old: Annotated[str, Form(max_length=400)] = "",
    new: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Change it; all sessions of this user end."""
    with system.engine.connect() as connection:
        found = people.password_of(connection, person.name)
    if not is_right(old, found[1] if found else None):
        return page(request, "password", 422, fault="the old password is wrong")
    try:
        secret = hashed(new)
    except ArgumentError as error:
        return page(request, "password", 422, fault=str(error))
    with system.engine.begin() as connection:
        people.set_password(connection, person.name, secret, now(), person.name)
    return RedirectResponse("/login", 303)


@router.get("/audit")
def log(request: Request, system: Running, person: Admin) -> Response:
    """Who changed what."""
    with system.engine.connect() as connection:
        return page(request, "audit", entries=audit.latest(connection))


def _page(request: Request, system: Running, fault: str, status: int = 200) -> Response:
    with system.engine.connect() as connection:
        found = people.users(connection)
    return page(request, "users", status, users=found, roles=ROLES, fault=fault)
