"""What every request and answer keeps to, whichever page it is for."""

from __future__ import annotations

import json
import logging

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST = 12 << 20  # bytes of a request's body: a picture of 10 MiB and its form
LARGER = dict.fromkeys(
    ("/cameras/import", "/api/cameras/import", "/label/import", "/api/labels/import"), 66 << 20
)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


log = logging.getLogger(__name__)


class _TooLongError(Exception):
    """A body went on beyond its bound."""


class Limits:
    """Bounds the body of a request, and adds the headers of security to each answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length, begun, too_long = 0, False, False
        largest = LARGER.get(scope["path"], LARGEST)

        async def bounded() -> Message:
            nonlocal length, too_long
            message = await receive()
            length += len(message.get("body", b""))
            if length > largest:
                too_long = True
                raise _TooLongError
            return message

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if too_long and not begun:  # what a reader of the body made of it is not the reason
                raise _TooLongError
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > largest:
            await _refuse(with_headers, scope["path"], largest)
            return
        try:
            await self._app(scope, bounded, with_headers)
        except _TooLongError:
            too_long = False
            if not begun:
                await _refuse(with_headers, scope["path"], largest)
        except Exception:
            log.exception("%s %s", scope["method"], scope["path"])
            if begun:
                raise
            defect = "this is a defect of counterpoise; the log has it"
            await _say(with_headers, scope["path"], 500, defect)


async def _refuse(send: Send, path: str, largest: int) -> None:
    await _say(send, path, 413, f"a request has at most {largest} bytes")


async def _say(send: Send, path: str, status: int, words: str) -> None:
    kind = b"text/plain; charset=utf-8"
    if path.startswith("/api/"):
        kind, words = b"application/json", json.dumps({"detail": words})
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
