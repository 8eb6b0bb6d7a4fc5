"""Passwords of cameras are kept, used for their host alone, and shown nowhere."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

SECRET, USER = "hunter2-of-the-pier", "watcher-of-the-pier"
FIELDS = {"name": "Pier", "kind": "snapshot", "url": "https://x.example/1.jpg"}


@pytest.fixture
def api(browse, token):
    client = browse("operator")
    client.headers["X-CSRF-Token"] = token(client)
    return client


@pytest.fixture
def number(api) -> int:
    return api.post("/api/cameras", json=FIELDS | {"is_active": False}).json()["id"]


def login_of(system, number: int):
    from counterpoise.service.database import cameras, credentials

    with system.engine.connect() as connection:
        row = cameras.get(connection, number)
        return system.vault.open(credentials.of(connection, number), row["url"])


def test_kept_used_and_forgotten(api, system, number) -> None:
    path = f"/api/cameras/{number}/password"
    assert api.put(path, json={"user": USER, "password": SECRET}).status_code == 204
    assert login_of(system, number) == (USER, SECRET)
    api.put(f"/api/cameras/{number}", json=FIELDS | {"url": "https://y.example/1.jpg"})
    assert login_of(system, number) is None  # another host is not told
    api.put(f"/api/cameras/{number}", json=FIELDS | {"url": "https://x.example/2.jpg"})
    assert login_of(system, number) == (USER, SECRET)
    assert api.delete(path).status_code == 204
    assert login_of(system, number) is None
    assert (
        api.put("/api/cameras/99/password", json={"user": "a", "password": "b"}).status_code == 404
    )
    assert api.delete("/api/cameras/99/password").status_code == 404


def test_the_worker_is_told(api, system, number) -> None:
    import time

    api.put(f"/api/cameras/{number}/password", json={"user": USER, "password": SECRET})
    api.put(f"/api/cameras/{number}", json=FIELDS)
    for _ in range(1500):
        followed = system.worker._followed.get(number)
        if followed is not None and followed.camera.source.auth == (USER, SECRET):
            return
        time.sleep(0.02)
    raise AssertionError("it fetches without")


@pytest.mark.parametrize(
    "wrong",
    [{"user": "a:b", "password": SECRET}, {"user": "a", "password": SECRET * 20}, {"user": SECRET},
     {"user": "a", "password": [SECRET]}, {"user": "a", "password": SECRET, "x": 1}],
)  # fmt: skip
def test_a_refusal_repeats_no_password(api, number, wrong) -> None:
    answer = api.put(f"/api/cameras/{number}/password", json=wrong)
    assert answer.status_code == 422
    assert SECRET not in answer.text


def test_who_may(browse, number) -> None:
    viewer = browse("viewer")
    sent = {"user": "a", "password": "b"}
    assert viewer.put(f"/api/cameras/{number}/password", json=sent).status_code == 403
    assert viewer.delete(f"/api/cameras/{number}/password").status_code == 403


FORM = FIELDS | {"interval": "4", "timezone": "UTC"}


def test_the_form_keeps_what_was_typed_without_showing_it(api, system, token) -> None:
    csrf = {"csrf": token(api)}
    typed = FORM | csrf | {"login_user": USER, "login_password": SECRET}
    tried = api.post("/cameras/new", data=typed | {"name": ""}).text
    assert SECRET not in tried
    shown = api.post(
        "/cameras/new", data=typed | {"try": "1", "url": "http://127.0.0.1:80/1.jpg"}
    ).text
    assert SECRET not in shown
    assert USER not in shown
    sealed = re.search(r'name="login_sealed" value="([^"]+)"', shown)
    assert sealed is not None
    # what was typed for one host is not kept for another
    api.post("/cameras/new", data=FORM | csrf | {"login_sealed": sealed[1]})
    assert login_of(system, 1) is None
    again = FORM | csrf | {"login_sealed": sealed[1], "url": "http://127.0.0.1:80/2.jpg"}
    api.post("/cameras/new", data=again)
    assert login_of(system, 2) == (USER, SECRET)
    edit = api.get("/cameras/2/edit").text
    assert "A user name and a password are kept" in edit
    assert USER not in edit
    same = FORM | csrf | {"url": "http://127.0.0.1:80/2.jpg", "city": "Oslo"}
    api.post("/cameras/2/edit", data=same)
    assert login_of(system, 2) == (USER, SECRET)
    api.post("/cameras/2/edit", data=same | {"login_forget": "on"})
    assert login_of(system, 2) is None
    fault = api.post("/cameras/2/edit", data=same | {"login_user": "a:b", "login_password": SECRET})
    assert fault.status_code == 422
    assert "no colon" in fault.text
    assert SECRET not in fault.text


def test_it_is_nowhere(api, browse, system, number, caplog) -> None:
    """Neither in pages, exports, metrics, the audit log, log lines, nor in the files."""
    import logging

    with caplog.at_level(logging.DEBUG):
        api.put(f"/api/cameras/{number}/password", json={"user": USER, "password": SECRET})
        api.put(f"/api/cameras/{number}", json=FIELDS | {"url": "http://127.0.0.1:80/1.jpg"})
        api.put(f"/api/cameras/{number}/password", json={"user": USER, "password": SECRET})
        admin = browse("admin")
        pages = [
            "/",
            f"/cameras/{number}",
            f"/cameras/{number}/edit",
            "/audit",
            "/metrics",
            "/health",
        ]
        pages += ["/list", "/points.json", "/api/cameras", f"/api/cameras/{number}"]
        pages += [f"/cameras/export.{form}" for form in ("csv", "json", "geojson")]
        said = [admin.get(page).text for page in pages]
        with system.engine.connect() as connection:
            said.append(repr(connection.connection.driver_connection))
        said.append(repr(system.worker._followed))
    assert "camera password set" in said[3]
    said.append(caplog.text)
    for text in said:
        assert SECRET not in text
        assert USER not in text
    system.engine.dispose()
    for file in system.settings.folder.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file.name
            assert USER.encode() not in file.read_bytes(), file.name
