"""The log has a line a request, in text or JSON, and no secret, whatever is done with it."""

import io
import json
import logging
import re
import socket
import threading
import time
from contextlib import ExitStack

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("httpx2", reason="needs httpx2")

import httpx2
import structlog
import uvicorn

from counterpoise.service.app import application
from counterpoise.service.database import deliveries
from counterpoise.service.logs import logging_to, struck


@pytest.fixture
def logged():
    """What is logged, by format; the loggers are as before afterwards."""
    with ExitStack() as stack:

        def to(form: str) -> io.StringIO:
            stream = io.StringIO()
            stack.enter_context(logging_to(form, "info", stream))
            logging.getLogger().setLevel(logging.DEBUG)  # more than a server logs
            return stream

        yield to


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://me:pass@a.b/x", "http://***@a.b/x"),
        ("Authorization: Bearer abc.def-1=", "Authorization: Bearer ***"),
        ("token cp_" + "x" * 43 + " gone", "token cp_*** gone"),
        ("by whsec_abc+/=", "by whsec_***"),
        ("{'password': 'a b', 'x': 1}", "{'password': ***, 'x': 1}"),
        ("counterpoise_session=abc; path", "counterpoise_session=***; path"),
        ("hash $argon2id$v=19$m=1$abc", "hash $argon2***"),
        ("nothing here: http://a.b/x@y", "nothing here: http://a.b/x@y"),
    ],
)
def test_what_looks_like_a_secret_is_struck(text: str, expected: str) -> None:
    assert struck(text) == expected


def test_a_long_line_is_soon_looked_through() -> None:
    """Whoever may ask for a path of 60 kB does not stop the server for as long as he likes."""
    begin = time.process_time()
    for part in ("a.", "://", "basic ", "password", 'password="', "cp_-", "$argon2", "whsec_"):
        struck(part * (60_000 // len(part)))
    assert time.process_time() - begin < 2


def test_lines_are_json_or_text(logged) -> None:
    as_json, as_text = logged("json"), logged("text")
    with structlog.contextvars.bound_contextvars(request="r1"):
        try:
            raise ValueError("of http://me:hunter2@host/")
        except ValueError:
            logging.getLogger("counterpoise.x").exception("it %s", "broke")
    line = json.loads(as_json.getvalue())
    assert (line["event"], line["level"], line["request"]) == ("it broke", "error", "r1")
    assert "ValueError: of http://***@host/" in line["exception"]
    assert re.search(r"it broke .*request=r1", as_text.getvalue())
    assert "hunter2" not in as_json.getvalue() + as_text.getvalue()


def test_a_request_is_named_and_logged_without_its_query(browse, logged) -> None:
    stream = logged("json")
    client = browse("viewer")
    answer = client.get("/health?words=private", headers={"X-Request-ID": "proxy-7"})
    assert answer.headers["x-request-id"] == "proxy-7"
    other = client.get("/health", headers={"X-Request-ID": "two words\t"})
    assert re.fullmatch(r"[0-9a-f]{16}", other.headers["x-request-id"])
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = [one for one in lines if one.get("request") == "proxy-7" and "/health" in one["event"]
               and one["logger"].startswith("counterpoise")]  # fmt: skip
    assert re.fullmatch(r"GET /health 200 in [\d.]+ ms", line["event"])


def test_no_secret_is_in_the_log_of_a_server(system, logged, monkeypatch) -> None:
    """A password, a cookie, a form's secret, a token, a camera's login, a webhook's secret."""
    streams = [logged("json"), logged("text")]
    app = application(system)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx2.Client(base_url=address, timeout=10) as client:
            secrets = used(client, system, monkeypatch)
    finally:
        server.should_exit = True
        thread.join(10)
    for stream in streams:
        text = stream.getvalue()
        assert "POST /login 303" in text
        assert "RuntimeError" in text, "the defect is logged"
        assert "msg_" not in text
        for name, secret in secrets.items():
            assert secret not in text, name


def used(client, system, monkeypatch) -> dict[str, str]:
    """Use each kind of secret, rightly and wrongly; the secrets."""
    secrets = {"password": "a long password", "wrong": "a-wrong-passw0rd", "login": "hunter2-cam"}
    wrong = {"name": "admin", "password": secrets["wrong"]}
    assert client.post("/login", data=wrong).status_code == 401
    right = {"name": "admin", "password": secrets["password"]}
    assert client.post("/login", data=right).status_code == 303
    secrets["cookie"] = client.cookies["counterpoise_session"]
    secrets["csrf"] = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    headers = {"X-CSRF-Token": secrets["csrf"]}
    made = client.post("/api/tokens", json={"name": "t", "role": "admin"}, headers=headers)
    secrets["token"] = made.json()["token"]
    bearer = {"Authorization": f"Bearer {secrets['token']}"}
    assert client.get("/api/cameras", headers=bearer).status_code == 200
    camera = {"name": "c", "kind": "snapshot", "url": "http://me:hunter2-cam@203.0.113.7/x.jpg"}
    assert client.post("/api/cameras", json=camera, headers=headers).status_code == 422
    rule = {"name": "r", "kind": "disk", "url": "http://10.255.255.1.nowhere.invalid/path-secret"}
    made = client.post("/api/alerts/rules", json=rule, headers=headers).json()
    secrets["webhook"], secrets["webhook path"] = made["secret"], "path-secret"
    where = f"/api/alerts/rules/{made['id']}"
    assert client.post(f"{where}/test", headers=headers).status_code == 202
    for _ in range(1200):
        with system.engine.connect() as connection:
            if deliveries.log(connection)[0].tries:
                break
        time.sleep(0.05)

    def broken(*_: object) -> None:
        raise RuntimeError(f"with {bearer} and password={secrets['password'].split()[0]}")

    monkeypatch.setattr("counterpoise.service.web.tokens.tokens.listed", broken)
    assert client.get("/api/tokens", headers=bearer).status_code == 500
    return secrets
