"""Bounds and headers of every request and answer."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.web.limits import LARGEST


def test_a_body_that_is_too_long_is_refused(browse) -> None:
    client = browse()
    told = client.post("/login", content=b"x", headers={"Content-Length": str(LARGEST + 1)})
    assert told.status_code == 413
    assert str(LARGEST) in told.text

    def pieces():
        for _ in range(LARGEST // (1 << 20) + 1):
            yield b"x" * (1 << 20)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/login", content=pieces(), headers=headers).status_code in (400, 413)


@pytest.mark.parametrize("path", ["/login", "/static/style.css", "/nowhere", "/api/openapi.json"])
def test_each_answer_has_the_headers_of_security(browse, path: str) -> None:
    headers = browse().get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_strange_hosts_are_refused(browse) -> None:
    client = browse()
    assert client.get("/login", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/login", headers={"Host": "localhost:8000"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"]
)
def test_static_files_end_at_their_folder(browse, path: str) -> None:
    assert browse().get(path).status_code in (404, 400)
