"""Logging in and out."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.web.visitor import COOKIE


def test_pages_ask_strangers_to_log_in(browse) -> None:
    client = browse()
    answer = client.get("/cameras/1?x=1")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/login?then=%2Fcameras%2F1%3Fx%3D1",
    )
    assert client.get("/points.json").status_code == 401
    assert client.get("/api/cameras").status_code == 401
    part = client.get("/cameras", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/login")


def test_five_failures_and_one_waits(browse) -> None:
    client = browse()
    for _ in range(5):
        answer = client.post("/login", data={"name": "viewer", "password": "wrong"})
        assert answer.status_code == 401
        assert "The name or the password is wrong." in answer.text
    answer = client.post("/login", data={"name": "viewer", "password": "a long password"})
    assert answer.status_code == 429
    assert "try again in 5 minutes" in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= 300


def test_a_stranger_is_told_the_same_as_a_user(browse) -> None:
    answers = [
        browse().post("/login", data={"name": name, "password": "wrong"})
        for name in ("viewer", "nobody")
    ]
    assert answers[0].text.replace("viewer", "nobody") == answers[1].text


def test_each_login_has_a_new_session_and_the_cookie_is_kept_from_scripts(browse) -> None:
    client = browse()
    client.cookies.set(COOKIE, "chosen-by-somebody-else")
    sent = {"name": "viewer", "password": "a long password"}
    answer = client.post("/login", data=sent)
    cookie = answer.headers["set-cookie"]
    assert "chosen" not in cookie
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    first = cookie.split(";")[0]
    again = client.post("/login", data=sent).headers["set-cookie"].split(";")[0]
    assert again != first
    old = browse()
    old.cookies.set(COOKIE, first.split("=", 1)[1])
    assert old.get("/").status_code == 303, "the session before is closed"


@pytest.mark.parametrize(
    ("then", "to"),
    [
        ("/health", "/health"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("//[x", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(browse, then: str, to: str) -> None:
    sent = {"name": "viewer", "password": "a long password", "then": then}
    assert browse().post("/login", data=sent).headers["location"] == to


def test_log_out(browse, token) -> None:
    client = browse("viewer")
    assert client.post("/logout").status_code == 403
    assert client.post("/logout", data={"csrf": token(client)}).status_code == 303
    assert client.get("/").status_code == 303


def test_whoever_asked_for_a_page_is_told_why_they_are_here(browse) -> None:
    client = browse()
    asked = client.get("/cameras/1").headers["location"]
    assert "Log in to see the page that you asked for." in client.get(asked).text
    assert "that you asked for" not in client.get("/login").text
