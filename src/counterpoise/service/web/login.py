"""Log in, log out."""

from __future__ import annotations

import math
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from counterpoise.service.access.limit import LoginLimit
from counterpoise.service.access.passwords import is_right
from counterpoise.service.database import people
from counterpoise.service.runtime.clock import now
from counterpoise.service.web.site import Running, page
from counterpoise.service.web.visitor import COOKIE, Known, Meant, Viewer

router = APIRouter(include_in_schema=False)


@router.get("/login")
def form(request: Request, then: str = "/") -> Response:
    """The form."""
    return page(request, "login", then=_local(then), fault="", name="")


@router.post("/login")
def log_in(
    request: Request,
    system: Running,
    before: Known,
    name: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=400)] = "",
    then: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Check name and password, and open a session that nobody had before."""
    limit: LoginLimit = request.app.state.login_limit
    address = request.client.host if request.client else ""
    keys = f"name {name}", f"address {address}"
    wait = limit.begin(*keys)
    if wait > 0:
        minutes = math.ceil(wait / 60)
        when = f"{minutes} minute{'s' if minutes > 1 else ''}"
        fault = f"Too many wrong passwords: try again in {when}."
        refused = page(request, "login", 429, then=_local(then), fault=fault, name=name)
        refused.headers["Retry-After"] = str(math.ceil(wait))
        return refused
    with system.engine.connect() as connection:
        found = people.password_of(connection, name)
    if not is_right(password, found[1] if found else None) or found is None:
        fault = "The name or the password is wrong. Capital letters matter in both."
        return page(request, "login", 401, then=_local(then), fault=fault, name=name)
    limit.succeeded(*keys)
    with system.engine.begin() as connection:
        people.close_session(connection, request.cookies.get(COOKIE, ""))
        secret = people.open_session(connection, found[0], now())
    response = RedirectResponse(_local(then), 303)
    response.set_cookie(
        COOKIE, secret, httponly=True, samesite="lax", secure=system.settings.https, path="/"
    )
    return response


@router.post("/logout", dependencies=[Meant])
def log_out(request: Request, system: Running, person: Viewer) -> Response:
    """End the session."""
    with system.engine.begin() as connection:
        people.close_session(connection, request.cookies.get(COOKIE, ""))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _local(then: str) -> str:
    """`then`, if it is a page of ours; nobody is sent elsewhere after logging in."""
    try:
        parts = urlsplit(then.replace("\\", "/"))
    except ValueError:
        return "/"
    is_ours = then.startswith("/") and not then.startswith("//")
    return then if is_ours and not parts.netloc and not parts.scheme else "/"
