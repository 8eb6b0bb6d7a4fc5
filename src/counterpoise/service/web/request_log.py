"""A line for each request, and a name by which all lines of a request are found."""

from __future__ import annotations

import logging
import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "X-Request-ID"
NAMED = re.compile(r"[\w.-]{1,64}", re.ASCII)  # by a proxy in front; nothing else goes into a log

LONGEST = 500  # characters of a path that are logged

log = logging.getLogger(__name__)


class RequestLog:
    """Names each request, in its answer and in what is logged meanwhile, and logs its end.

    What was asked is logged without its query, which may say more than a log should keep.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(NAME, "")
        name = given if NAMED.fullmatch(given) else secrets.token_hex(8)
        begin, status = time.perf_counter(), 0

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[NAME] = name
            await send(message)

        with structlog.contextvars.bound_contextvars(request=name):
            try:
                await self._app(scope, receive, named)
            finally:
                took = 1000 * (time.perf_counter() - begin)
                path = ascii(scope["path"])[1:-1][:LONGEST]
                log.info("%s %s %d in %.1f ms", scope["method"], path, status, took)
