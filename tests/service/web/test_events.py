"""Events over a real server on loopback: live, gone on with, ended, bounded."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("httpx2", reason="needs httpx2")

import httpx2
import uvicorn
from sqlalchemy import func, select

from counterpoise.service.app import application
from counterpoise.service.database import people, tokens
from counterpoise.service.database.batch import Changed
from counterpoise.service.database.tables import HealthChange
from counterpoise.service.web import events


@pytest.fixture
def server(system) -> Iterator:
    """A client of the server, as somebody with the token of a viewer."""
    app = application(system)
    with system.engine.begin() as connection:
        who = people.named(connection, "viewer")
        secret = tokens.add_token(connection, who.id, "t", "viewer", 1, "viewer")
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    app.state.is_ending = lambda: server.should_exit
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with httpx2.Client(
        base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=10
    ) as client:
        client.app = app
        yield client
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def read(lines: Iterator[str]) -> dict:
    """The next event."""
    event: dict = {}
    for line in lines:
        if not line and "data" in event:
            return event
        name, _, value = line.partition(": ")
        if name:
            event[name] = json.loads(value) if name == "data" else value
    raise AssertionError("the stream ended")


def change(system, camera: int, state: str) -> None:
    system.recorder.changed(Changed(camera, 5, state, "dns", ""))


def test_what_happens_comes_and_is_gone_on_with(server, system, camera) -> None:
    with server.stream("GET", f"/api/events?camera={camera}&what=health") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        lines = answer.iter_lines()
        while not next(lines).startswith("id: r"):  # it follows from here on
            pass
        change(system, camera, "offline")
        first = read(lines)
        assert first["event"] == "health"
        assert (first["data"]["camera"], first["data"]["state"]) == (camera, "offline")
    for state in ("degraded", "back-off"):  # while nobody follows
        change(system, camera, state)
    headers = {"Last-Event-ID": first["id"]}
    url = f"/api/events?camera={camera}&what=health"
    with server.stream("GET", url, headers=headers) as answer:
        lines = answer.iter_lines()
        assert [read(lines)["data"]["state"] for _ in range(2)] == ["degraded", "back-off"]


def test_no_event_before_its_row(server, system, camera, monkeypatch) -> None:
    """A database that takes nothing has no events, until it does."""
    from counterpoise.service.database import recorder

    real = recorder.record
    locked = threading.Event()

    def stubborn(*given):
        if locked.is_set():
            raise recorder.SQLAlchemyError("locked")
        real(*given)

    monkeypatch.setattr(recorder, "record", stubborn)
    monkeypatch.setattr(recorder, "RETRY", 0.02)
    with server.stream("GET", "/api/events?what=health") as answer:
        lines = answer.iter_lines()
        while not next(lines).startswith("id: r"):
            pass
        locked.set()
        change(system, camera, "offline")
        threading.Timer(0.7, locked.clear).start()
        begin = time.monotonic()
        assert read(lines)["data"]["state"] == "offline"
        assert time.monotonic() - begin >= 0.5


def test_those_who_ask_for_no_more_are_told_rarely_that_something_happened(
    server, system, camera, monkeypatch
) -> None:
    monkeypatch.setattr(events, "PAUSE", 0.4)
    ended, made = threading.Event(), 0
    number = select(func.count()).select_from(HealthChange)
    with system.engine.connect() as connection:
        before = connection.scalar(number)

    def busy() -> None:
        nonlocal made
        while not ended.wait(0.02):
            change(system, camera, "offline")
            made += 1

    working = threading.Thread(target=busy)
    with server.stream("GET", "/api/events?brief=true") as answer:
        lines = answer.iter_lines()
        while not next(lines).startswith("id: r"):
            pass
        begin = time.monotonic()
        working.start()
        try:
            told = [read(lines) for _ in range(5)]
            seconds = time.monotonic() - begin
        finally:
            ended.set()
            working.join()
        assert {(one["event"], str(one["data"])) for one in told} == {("change", "{}")}
        assert seconds >= 4 * 0.4 - 0.05
        end = time.monotonic() + 30
        with system.engine.connect() as connection:
            while connection.scalar(number) < before + made:
                assert time.monotonic() < end, "not all changes are recorded"
                time.sleep(0.02)
            newest = connection.scalar(select(func.max(HealthChange.id)))
        last = told[-1]["id"]
        while f"-h{newest}-" not in last:  # if it was not told yet
            last = read(lines)["id"]
        monkeypatch.setattr(events, "BEAT", 0.3)
        while next(lines) != ": all is well":
            pass


def test_places_are_bounded_and_given_back(server, monkeypatch) -> None:
    monkeypatch.setattr(events, "OF_ONE", 1)
    with server.stream("GET", "/api/events") as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(lines)
        refused = server.get("/api/events")
        assert refused.status_code == 503
        assert "at most" in refused.json()["detail"]
    for _ in range(600):
        with server.stream("GET", "/api/events") as answer:
            if answer.status_code == 200:
                break
        time.sleep(0.05)
    assert answer.status_code == 200


def test_a_beat_comes_and_ends_with_the_token(server, system, monkeypatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.3)
    with server.stream("GET", "/api/events") as answer:
        lines = answer.iter_lines()
        while next(lines) != ": all is well":
            pass
        with system.engine.begin() as connection:
            (own,) = tokens.listed(connection, None)
            tokens.revoke(connection, own.id, None, 2, "admin")
        assert list(lines)[-1] == ""  # it ends


def test_it_ends_with_the_token_though_something_happens_all_the_time(
    server, system, camera, monkeypatch
) -> None:
    monkeypatch.setattr(events, "BEAT", 0.5)
    ended = threading.Event()

    def busy() -> None:
        while not ended.wait(0.05):
            change(system, camera, "offline")

    working = threading.Thread(target=busy)
    working.start()
    try:
        with server.stream("GET", f"/api/events?camera={camera}") as answer:
            lines = answer.iter_lines()
            read(lines)
            with system.engine.begin() as connection:
                (own,) = tokens.listed(connection, None)
                tokens.revoke(connection, own.id, None, 2, "admin")
            begin = time.monotonic()
            for _ in lines:
                assert time.monotonic() - begin < 5
    finally:
        ended.set()
        working.join()


def test_requests_that_cannot_be(browse) -> None:
    client = browse("viewer")
    bad = client.get("/api/events", headers={"Last-Event-ID": "7"})
    assert (bad.status_code, "id of an event" in bad.text) == (422, True)
    assert client.get("/api/events?what=weather").status_code == 422
    assert client.get("/api/events?camera=-1").status_code == 422
    assert browse().get("/api/events").status_code == 401


def test_a_client_that_takes_nothing_is_dropped(system, camera, monkeypatch) -> None:
    monkeypatch.setattr(events, "SLOW", 0.2)
    followers = events.Followers()
    stream = events.Stream(
        system, 1, followers, events.Wanted(), None, lambda: True, lambda: False
    )  # fmt: skip

    async def served() -> None:
        async def receive() -> dict:
            await asyncio.sleep(60)
            raise AssertionError

        async def send(message: dict) -> None:
            assert followers.is_full(1) is False
            if message["type"] == "http.response.body":
                await asyncio.sleep(60)  # its buffers are full

        await asyncio.wait_for(stream({}, receive, send), 5)

    asyncio.run(served())
    assert followers._of.total() == 0
