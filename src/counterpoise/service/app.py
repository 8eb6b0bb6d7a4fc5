"""The web application over a running system."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DataError, InterfaceError, OperationalError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from counterpoise.service.access.limit import LoginLimit
from counterpoise.service.runtime.failure import one_line
from counterpoise.service.system import System
from counterpoise.service.web import (
    alerts,
    analysis,
    analysis_api,
    api,
    api_alerts,
    api_candidates,
    api_exchange,
    api_labels,
    api_password,
    camera,
    candidates,
    catalogues,
    corrections,
    devices,
    drift,
    events,
    exchange,
    feature_shift,
    health,
    label_disputes,
    label_files,
    label_grid,
    labels,
    login,
    map,
    models,
    people,
    retraining,
    tokens,
)
from counterpoise.service.web.limits import Limits
from counterpoise.service.web.refusal import REFUSALS, sentence
from counterpoise.service.web.request_log import RequestLog
from counterpoise.service.web.site import STATIC, page
from counterpoise.service.web.visitor import NotLoggedInError, known
from counterpoise.version import __version__

OWN = ("127.0.0.1", "localhost", "[::1]")


def application(system: System) -> FastAPI:
    """Every page and the REST interface; the caller opens and closes the system."""
    app = FastAPI(
        title="counterpoise serve",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        responses=REFUSALS,
    )
    app.state.system = system
    app.state.login_limit = LoginLimit()
    app.state.followers = events.Followers()
    for part in (
        login,
        map,
        exchange,
        analysis,
        models,
        catalogues,
        camera,
        health,
        people,
        tokens,
        api_exchange,
        api_password,
        analysis_api,
        devices,
        api,
    ):
        app.include_router(part.router)
    for router in (
        models.api,
        tokens.api,
        catalogues.api,
        events.router,
        label_grid.router,
        label_files.router,
        label_disputes.router,
        retraining.router,
        labels.router,
        alerts.router,
        api_alerts.router,
        candidates.router,
        drift.router,
        drift.api,
        feature_shift.router,
        feature_shift.api,
        corrections.router,
        corrections.api,
        api_labels.router,
        api_candidates.router,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    hosts = [*OWN, system.settings.host, *system.settings.names]
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_middleware(Limits)
    app.add_middleware(RequestLog)  # the last one added is the outermost
    app.add_exception_handler(NotLoggedInError, _log_in)
    app.add_exception_handler(StarletteHTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(OperationalError, _no_database)
    app.add_exception_handler(InterfaceError, _no_database)
    app.add_exception_handler(DataError, _no_value)
    return app


async def _log_in(request: Request, error: Exception) -> Response:
    if request.headers.get("HX-Request"):  # a part of a page: the whole page goes
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    if request.method != "GET" or request.url.path.endswith(".json"):
        return JSONResponse({"detail": "log in first"}, 401)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/login?then={quote(request.url.path + query, safe='')}", 303)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _failed(request, HTTPException(422, sentence(error.errors())))


async def _no_database(request: Request, error: Exception) -> Response:
    """It is locked, full, read-only or gone, which passes or is somebody's to mend."""
    assert isinstance(error, OperationalError | InterfaceError)
    said = f"the database does not answer: {error.orig}; try again"
    return await _failed(request, HTTPException(503, said, {"Retry-After": "5"}))


async def _no_value(request: Request, error: Exception) -> Response:
    """Something that no column takes: PostgreSQL refuses NUL in a text, and SQLite does not."""
    assert isinstance(error, DataError)
    said = f"the database refuses a value: {one_line(str(error.orig))}"
    return await _failed(request, HTTPException(422, said))


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    said = one_line(str(error.detail))  # which may repeat what arrived
    if request.url.path.startswith("/api/") or request.url.path.endswith(".json"):
        told = HTTPException(error.status_code, said, error.headers)
        return await http_exception_handler(request, told)
    if not hasattr(request.state, "person"):  # nobody asked who it is, as of an address of no page
        with suppress(SQLAlchemyError):
            person = await run_in_threadpool(known, request, request.app.state.system)
            request.state.person = person
    return page(request, "error", error.status_code, said=said, status=error.status_code)
