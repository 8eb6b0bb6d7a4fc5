"""A catalogue is fetched when it is due, and cameras follow it."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.database import audit, cameras, catalogue_runs
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.search import Search
from counterpoise.service.exchange.checking import FIELDS
from counterpoise.service.exchange.places import NoPlaces
from counterpoise.service.exchange.refreshing import Catalogues
from counterpoise.service.runtime.egress import EgressGuard

TOML = """
url = "http://127.0.0.1:{port}/list.json"
refresh_minutes = 10
[fields]
key = "id"
name = "name"
city = "city"
[fixed]
kind = "push"
"""


class Server(ThreadingHTTPServer):
    """Answers with `content`."""

    content: object = []
    headers: ClassVar[dict[str, str]] = {}
    status = 200
    asked = 0
    delay = 0.0


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1
        time.sleep(self.server.delay)
        content = self.server.content
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in self.server.headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def clock() -> list[int]:
    return [1_000_000_000]


@pytest.fixture
def catalogues(engine, server, tmp_path: Path, clock) -> Catalogues:
    folder = tmp_path / "catalogues"
    folder.mkdir()
    port = server.server_address[1]
    (folder / "harbours.toml").write_text(TOML.replace("{port}", str(port)))
    (folder / "broken.toml").write_text("url = 3")
    guard = EgressGuard(emulator=("127.0.0.1", port))
    return Catalogues(engine, guard, folder, NoPlaces(), lambda: clock[0])


def refresh(catalogues: Catalogues):
    (one,) = (one for one in catalogues.listed() if one.name == "harbours")
    assert one.catalogue is not None
    return catalogues.refresh(one.name, one.catalogue)


def cameras_of(engine) -> dict[str, dict]:
    with engine.connect() as connection:
        return {row["key"]: row for row in cameras.every(connection, Search())}


def numbers(run) -> tuple[int, int, int, int]:
    return run.added, run.changed, run.missing, run.refused


def row(number: int, **more: object) -> dict:
    return {"id": number, "name": f"camera {number}", "city": "Oslo", **more}


def test_cameras_come_change_leave_and_come_back(catalogues, engine, server) -> None:
    server.content = [row(1), row(2), row(3, name="")]
    first = refresh(catalogues)
    assert numbers(first) == (2, 0, 0, 1)
    assert first.detail == "item 3: name: String should have at least 1 character; got ''"
    server.content = [row(2, city="Bergen")]
    assert numbers(refresh(catalogues)) == (0, 1, 1, 0)
    found = cameras_of(engine)
    assert found["harbours:2"]["city"] == "Bergen"
    assert not found["harbours:1"]["is_active"]
    assert found["harbours:1"]["missing_since"] == 1_000_000_000
    assert numbers(refresh(catalogues)) == (0, 0, 0, 0)
    server.content = [row(1), row(2, city="Bergen")]
    assert numbers(refresh(catalogues)) == (0, 1, 0, 0)
    assert cameras_of(engine)["harbours:1"]["is_active"]
    with engine.connect() as connection:
        said = [entry.what for entry in audit.latest(connection)]
        assert catalogue_runs.number_of(connection, "harbours") == (2, 0)
        assert len(catalogue_runs.runs(connection, "harbours")) == 4
    assert "camera missing from its catalogue" in said
    assert "camera back in its catalogue" in said


def test_who_was_switched_off_by_a_person_stays_off(catalogues, engine, server) -> None:
    server.content = [row(1), row(2)]
    refresh(catalogues)
    mine = cameras_of(engine)["harbours:1"]
    with engine.begin() as connection:
        fields = {name: mine[name] for name in FIELDS} | {"is_active": False}
        cameras.change(connection, mine["id"], CameraFields(**fields), 1, "ada")
        cameras.add(connection, CameraFields(name="own", kind="push"), 1, "ada")
    server.content = [row(2)]
    assert numbers(refresh(catalogues)) == (0, 0, 0, 0)
    server.content = [row(1), row(2)]
    assert numbers(refresh(catalogues)) == (0, 0, 0, 0)
    found = cameras_of(engine)
    assert not found["harbours:1"]["is_active"]
    assert found[""]["is_active"]


def test_a_row_that_is_refused_is_not_missing(catalogues, engine, server) -> None:
    server.content = [row(1), row(2)]
    refresh(catalogues)
    server.content = [row(1, name="x" * 300), row(2)]
    assert numbers(refresh(catalogues)) == (0, 0, 0, 1)
    assert cameras_of(engine)["harbours:1"]["is_active"]


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [([], 200, "no camera"), ({}, 200, "no list"), ([], 500, "HTTP 500"), ([3], 200, "no camera")],
)
def test_a_list_that_is_none_changes_nothing(
    catalogues, engine, server, content, status: int, said: str
) -> None:
    server.content = [row(1)]
    refresh(catalogues)
    server.content, server.status = content, status
    assert said in refresh(catalogues).fault
    assert cameras_of(engine)["harbours:1"]["is_active"]


HOSTILE = {
    "deep": b"[" * 200_000,
    "number": b"[" + b"9" * 100_000 + b"]",
    "bytes": bytes(range(256)) * 50,
    "page": b"<!doctype html><script>alert(1)</script>",
    "empty": b"",
    "types": [
        [], 7, None, "x", {"id": {"a": 1}, "name": "x"}, {"id": [1], "name": "x"},
        {"id": None, "name": "x"}, {"id": True, "name": "x"}, {"id": 1.5, "name": ["x"]},
    ],
    "texts": [
        {"id": "\ud800", "name": "x"}, {"id": "a", "name": "\ud800"}, {"id": "b\0", "name": "x\0"},
        {"id": "k" * 10_000, "name": "x"}, {"id": "c", "name": "n" * 10_000},
        {"id": "d", "name": "x", "city": {"$ref": "/etc/passwd"}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_list_is_refused_and_those_that_are_known_stay(
    catalogues, engine, server, what: str
) -> None:
    server.content = [row(1)]
    refresh(catalogues)
    server.content = HOSTILE[what]
    run = refresh(catalogues)
    assert run.fault or run.refused
    found = cameras_of(engine)
    assert found["harbours:1"]["name"]
    for camera in found.values():  # what is taken can be shown and written again
        assert json.dumps(camera, default=str).encode()
    server.content = [row(1), row(2)]
    assert refresh(catalogues).fault == ""
    assert cameras_of(engine)["harbours:2"]["is_active"]


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"Location": "http://169.254.169.254/list.json"}, 302, "never fetched from"),
        ({"Location": "file:///etc/passwd"}, 302, "begins with"),
        ({"Location": "/list.json"}, 302, "more than 3 redirects"),
        ({"Content-Encoding": "gzip"}, 200, "sends gzip"),
        ({"Content-Length": "99999999999"}, 200, "most"),
        ({}, 401, "HTTP 401"),
    ],
)
def test_where_a_list_leads_and_what_it_says_of_itself(
    catalogues, engine, server, monkeypatch, headers, status: int, said: str
) -> None:
    server.content = [row(1)]
    refresh(catalogues)
    monkeypatch.setattr(Server, "headers", headers)
    server.status = status
    assert said in refresh(catalogues).fault
    assert cameras_of(engine)["harbours:1"]["is_active"]


def test_files_that_are_none_stop_no_catalogue(catalogues, engine, server, monkeypatch) -> None:
    monkeypatch.setattr("counterpoise.service.exchange.refreshing.STEP", 0.02)
    folder = catalogues._folder
    (folder / "a.toml").mkdir()
    (folder / "b.toml").write_bytes(b"\xff\xfe")
    (folder / "c.toml").symlink_to("/nowhere")
    (folder / "d.toml").write_text("x = " + "[" * 5000)
    server.content = [row(1)]
    catalogues.start()
    try:
        wait_for(lambda: server.asked == 1)
        wait_for(lambda: "harbours:1" in cameras_of(engine))
    finally:
        catalogues.stop()
    faults = {one.name: one.fault for one in catalogues.listed()}
    assert all(faults[name] for name in "abcd")


def test_what_may_not_be_fetched_is_not(engine, tmp_path: Path) -> None:
    folder = tmp_path / "catalogues"
    folder.mkdir()
    (folder / "x.toml").write_text(TOML.replace("127.0.0.1:{port}", "169.254.169.254"))
    found = Catalogues(engine, EgressGuard(), folder, NoPlaces(), lambda: 1)
    (one,) = found.listed()
    assert "never fetched from" in found.refresh("x", one.catalogue).fault


def test_the_log_of_runs_is_bounded(engine) -> None:
    with engine.begin() as connection:
        for at in range(60):
            catalogue_runs.keep(connection, catalogue_runs.Run("a", at))
        catalogue_runs.keep(connection, catalogue_runs.Run("b", 1))
        found = catalogue_runs.runs(connection, "a", 100)
    assert [run.at for run in found] == list(range(59, 9, -1))


def wait_for(said) -> None:
    end = time.monotonic() + 60
    while not said():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_is_read_when_it_is_due_and_when_it_is_asked_for(
    catalogues, server, clock, monkeypatch
) -> None:
    monkeypatch.setattr("counterpoise.service.exchange.refreshing.STEP", 0.02)
    server.content = [row(1)]
    catalogues.start()
    try:
        wait_for(lambda: server.asked == 1)
        time.sleep(0.2)
        assert server.asked == 1
        clock[0] += 11 * 60_000_000
        wait_for(lambda: server.asked == 2)
        catalogues.ask("harbours")
        wait_for(lambda: server.asked == 3)
    finally:
        catalogues.stop()


def test_a_list_that_does_not_come_holds_no_end_up(catalogues, server) -> None:
    server.delay = 30.0
    catalogues.start()
    wait_for(lambda: server.asked == 1)
    begun = time.monotonic()
    catalogues.stop()
    assert time.monotonic() - begun < 15
