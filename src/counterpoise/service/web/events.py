"""Server-sent events: what happens, as it is committed, for programs and for pages."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Header, HTTPException, Query, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from counterpoise.service.database import events
from counterpoise.service.database.events import Cursor, Event, Wanted
from counterpoise.service.system import System
from counterpoise.service.web.site import Running
from counterpoise.service.web.visitor import Viewer, known

router = APIRouter(prefix="/api")

CLIENTS = 64  # that follow at a time
OF_ONE = 16  # of one user
STEP = 0.2  # seconds between two looks for something new
BEAT = 15.0  # seconds without an event after which a comment says that all is well; and between
# two looks whether the client still may
SLOW = 20.0  # seconds that a client may take for what was sent to it
MOST = 200  # events of a kind that are sent together
PAUSE = 2.0  # seconds between two events for those who only want to know that something happened
HEADERS = ((b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"))


class Followers:
    """How many follow; each has a place until it goes."""

    def __init__(self) -> None:
        self._of = Counter[int]()

    @contextmanager
    def place(self, person: int) -> Iterator[None]:
        """A place of a user, for the block."""
        self._of[person] += 1
        try:
            yield
        finally:
            self._of[person] -= 1
            if not self._of[person]:
                del self._of[person]

    def is_full(self, person: int) -> bool:
        """Whether there is no place for this user."""
        return self._of.total() >= CLIENTS or self._of[person] >= OF_ONE


class Stream(Response):
    """Sends events until the client goes, is too slow, or may not see them any more.

    Args:
        system: whose events.
        person: number of the user who follows.
        followers: among which this one has a place.
        wanted: of the events.
        cursor: after which; None for those from now on.
        may: whether the user still may; asked every `BEAT` seconds.
        is_ending: whether the server is.
        is_brief: that something happened is said, and not what; no row is read for that.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        system: System,
        person: int,
        followers: Followers,
        wanted: Wanted,
        cursor: Cursor | None,
        may: Callable[[], bool],
        is_ending: Callable[[], bool],
        is_brief: bool = False,
    ) -> None:
        super().__init__()
        self._system, self._person, self._followers = system, person, followers
        self._wanted, self._cursor = wanted, cursor
        self._may, self._is_ending = may, is_ending
        self._read = self._whether if is_brief else self._since
        self._pause = PAUSE if is_brief else 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client."""
        gone = asyncio.ensure_future(_left(receive))
        try:
            with self._followers.place(self._person):
                async with asyncio.timeout(SLOW):
                    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
                await self._send(send, gone)
                async with asyncio.timeout(SLOW):
                    await send({"type": "http.response.body", "body": b""})
        except (TimeoutError, OSError, SQLAlchemyError):
            return  # it comes back: uvicorn closes a connection whose answer is not whole
        finally:
            gone.cancel()

    async def _send(self, send: Send, gone: asyncio.Future[None]) -> None:
        cursor = await self._begin()
        text = f"retry: 3000\nid: {cursor}\n\n"
        beat = checked = time.monotonic()
        looked, commits = 0.0, -1
        while not gone.done() and not self._is_ending():
            if text:
                async with asyncio.timeout(SLOW):
                    await send(
                        {"type": "http.response.body", "body": text.encode(), "more_body": True}
                    )
                text, beat = "", time.monotonic()
            else:
                await asyncio.wait([gone], timeout=STEP)
            at = time.monotonic()
            is_new = commits != self._system.recorder.commits
            if at - looked >= self._pause and (is_new or at - looked >= 1):
                commits, looked = self._system.recorder.commits, at
                found, cursor = await run_in_threadpool(self._read, cursor)
                text = "".join(map(_written, found))
                if any(event.kind not in ("gap", "change") for event in found):
                    commits = -1  # there may be more than were read
            if at - checked >= BEAT:  # also where there is always something to send
                if not await run_in_threadpool(self._may):
                    return
                checked = at
            if not text and at - beat >= BEAT:
                text = f": all is well\nid: {cursor}\n\n"

    async def _begin(self) -> Cursor:
        if self._cursor is not None:
            return self._cursor
        return await run_in_threadpool(self._newest)

    def _newest(self) -> Cursor:
        with self._system.engine.connect() as connection:
            return events.newest(connection)

    def _since(self, cursor: Cursor) -> tuple[list[Event], Cursor]:
        with self._system.engine.connect() as connection:
            return events.since(connection, cursor, self._wanted, MOST)

    def _whether(self, cursor: Cursor) -> tuple[list[Event], Cursor]:
        last = self._newest()
        return ([] if last == cursor else [Event(last, "change")]), last


@router.get(
    "/events",
    response_class=Response,
    responses={200: {"description": "Events.", "content": {"text/event-stream": {}}}},
)
async def follow(
    request: Request,
    system: Running,
    person: Viewer,
    what: Annotated[
        list[Literal["result", "health", "alert"]] | None,
        Query(description="Kinds of events; else all."),
    ] = None,
    camera: Annotated[
        list[Annotated[int, Query(ge=0, lt=2**63)]] | None,
        Query(max_length=500, description="Numbers of cameras; else all."),
    ] = None,
    label: Annotated[
        list[str] | None, Query(max_length=100, description="Classes of results; else all.")
    ] = None,
    brief: Annotated[
        bool,
        Query(description="Only that something happened, of all cameras: `change`, without data."),
    ] = False,
    last: Annotated[
        str, Header(alias="Last-Event-ID", max_length=100, description="Go on after this event.")
    ] = "",
) -> Response:
    """Follow what happens, as server-sent events.

    `result` is what the model said of a frame, `health` a camera's new state, `alert` one that
    was raised or cleared, and `gap` says how
    many rows are left out for somebody who was away too long. An event is sent when its row is in
    the database; a client that comes back with Last-Event-ID misses none of the last 10 000.
    A page that shows many cameras asks for `brief`: at most one event every 2 seconds.
    """
    cursor = Cursor.read(last)
    if last and cursor is None:
        raise HTTPException(422, "Last-Event-ID is the id of an event of this server")
    followers: Followers = request.app.state.followers
    if followers.is_full(person.id):
        raise HTTPException(
            503,
            f"at most {CLIENTS} clients follow at a time, and {OF_ONE} of one user",
            {"Retry-After": "30"},
        )
    wanted = Wanted(what or events.KINDS, camera or (), label or ())
    is_ending = getattr(request.app.state, "is_ending", lambda: False)
    return Stream(
        system, person.id, followers, wanted, cursor,
        lambda: known(request, system) is not None, is_ending, brief,
    )  # fmt: skip


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _written(event: Event) -> str:
    data = json.dumps(event.data, ensure_ascii=True)  # one line, whatever a class is called
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n"
