"""Bounds and headers of every request and answer."""

import re
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.web.limits import LARGER, LARGEST


def test_a_body_that_is_too_long_is_refused(browse) -> None:
    client = browse()
    told = client.post("/login", content=b"x", headers={"Content-Length": str(LARGEST + 1)})
    assert told.status_code == 413
    assert str(LARGEST) in told.text

    def pieces():
        for _ in range(LARGEST // (1 << 20) + 1):
            yield b"x" * (1 << 20)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/login", content=pieces(), headers=headers).status_code == 413


@pytest.mark.parametrize(
    "kind", ["application/json", "image/jpeg", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize(
    "path", ["/api/cameras", "/api/cameras/1/frames", "/api/devices/1/samples"]
)
def test_a_body_in_pieces_is_too_long_whoever_reads_it(browse, token, path: str, kind: str) -> None:
    def pieces():
        yield b"--x\r\nContent-Disposition: form-data; name=picture; filename=a\r\n\r\n"
        for _ in range(LARGEST // (1 << 20) + 1):
            yield b" " * (1 << 20)

    client = browse("operator")
    headers = {"Content-Type": kind, "X-CSRF-Token": token(client)}
    answer = client.post(path, content=pieces(), headers=headers)
    assert answer.status_code == 413, answer.text
    assert str(LARGEST) in answer.json()["detail"]


@pytest.mark.parametrize("length", ["-1", "many", "1e3"])
def test_a_length_that_is_none_is_refused(browse, length: str) -> None:
    answer = browse().post("/login", content=b"x", headers={"Content-Length": length})
    assert answer.status_code == 413


def test_a_defect_of_ours_has_the_headers_too_and_says_nothing_of_itself(browse, system) -> None:
    client = browse("viewer")
    system.pictures = None
    system.recorder = None
    answer = client.get("/health")
    assert answer.status_code == 500
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text


@pytest.mark.parametrize("path", ["/login", "/static/style.css", "/nowhere", "/api/openapi.json"])
def test_each_answer_has_the_headers_of_security(browse, path: str) -> None:
    headers = browse().get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_strange_hosts_are_refused(browse) -> None:
    client = browse()
    refused = client.get("/login", headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert client.get("/login", headers={"Host": "localhost:8000"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"]
)
def test_static_files_end_at_their_folder(browse, path: str) -> None:
    assert browse().get(path).status_code in (404, 400)


@pytest.mark.parametrize(
    "path", ["/cameras/import", "/api/cameras/import", "/label/import", "/api/labels/import"]
)
def test_an_import_may_be_longer_whether_by_page_or_program(browse, path: str) -> None:
    headers = {"Content-Length": str(LARGEST + 1)}
    assert browse().post(path, content=b"x", headers=headers).status_code != 413
    headers = {"Content-Length": str((66 << 20) + 1)}
    assert browse().post(path, content=b"x", headers=headers).status_code == 413


def test_the_proxy_of_the_documentation_lets_through_what_the_server_takes() -> None:
    page = (Path(__file__).parents[3] / "docs" / "serve-operations.md").read_text("utf-8")
    (most,) = re.findall(r"client_max_body_size (\d+)m;", page)
    assert int(most) << 20 == max(LARGER.values())
    assert "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;" in page
