"""A camera's page, its picture, and the form."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

EVIL = "<script>alert(1)</script>"


def test_the_page_shows_what_the_model_sees(browse, seen) -> None:
    client = browse("viewer")
    text = client.get(f"/cameras/{seen}").text
    assert "The model sees light (98 %)" in text
    assert "Fetched 1 = analysed 1 + dropped 0 + in flight 0" in text
    picture = client.get(f"/cameras/{seen}/picture")
    assert picture.content.startswith(b"\xff\xd8")
    assert picture.headers["content-type"] == "image/jpeg"
    for per, number in (("minute", 60), ("hour", 48), ("day", 60)):
        past = client.get(f"/cameras/{seen}/history?per={per}").text
        rows = re.findall(r"<tr data-at.*?</tr>", past, re.DOTALL)
        assert number <= len(rows) <= number + 1
        seen_then = [int(n) for row in rows for n in re.findall(r'"All">(\d+)', row)]
        assert sum(seen_then) == 1


@pytest.mark.parametrize("number", ["0", "-1", str(2**70), "x", "1e3"])
@pytest.mark.parametrize("rest", ["", "/live", "/picture", "/history", "/edit"])
def test_numbers_of_no_camera(browse, number: str, rest: str) -> None:
    answer = browse("operator").get(f"/cameras/{number}{rest}")
    assert answer.status_code in (404, 422)
    assert answer.status_code < 500


def test_a_camera_is_added_changed_and_removed(browse, token, system) -> None:
    client = browse("operator")
    form = {"csrf": token(client), "name": EVIL, "kind": "push", "attribution": EVIL}
    made = client.post("/cameras/new", data=form)
    assert made.status_code == 303
    page = made.headers["location"]
    for path in ("/", page, f"{page}/edit"):
        text = client.get(path).text
        assert EVIL not in text
        assert "&lt;script&gt;" in text
    form |= {"city": "Oslo", "latitude": "59.9", "longitude": "10.7", "is_active": "on"}
    assert client.post(f"{page}/edit", data=form).status_code == 303
    assert "Oslo" in client.get(page).text
    assert client.get("/points.json").json()[0]["at"] == [59.9, 10.7]
    assert client.post(f"{page}/remove", data=form).status_code == 303
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("url", "http://x:22/", "port 22"),
        ("url", "file:///etc/passwd", "http://"),
        ("interval", "0", "greater than or equal to 0.1"),
        ("latitude", "nan", "fault-latitude"),
        ("latitude", "1", "a latitude and a longitude"),
        ("kind", "telepathy", "the kinds are"),
        ("name", "", "fault-name"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(browse, token, system, field, value, said) -> None:
    client = browse("operator")
    form = {"csrf": token(client), "name": "n", "kind": "snapshot", "url": "http://x.example/"}
    answer = client.post("/cameras/new", data=form | {field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert client.get("/points.json").json() == []


def test_try_it_now_says_what_is_wrong_and_saves_nothing(browse, token) -> None:
    client = browse("operator")
    form = {"csrf": token(client), "name": "n", "kind": "snapshot", "url": "http://127.0.0.1/"}
    answer = client.post("/cameras/new", data=form | {"try": "1"})
    assert "It does not work" in answer.text
    assert "127.0.0.1 is never fetched from" in answer.text
    assert "There is no camera yet" in client.get("/").text


def test_what_a_program_says_is_shown_and_given(tmp_path, program, secret, jpeg) -> None:
    import time

    from starlette.testclient import TestClient

    from counterpoise.service.app import application
    from counterpoise.service.database import cameras, people
    from counterpoise.service.database.cameras import CameraFields
    from counterpoise.service.settings import Settings
    from counterpoise.service.system import System

    with System(Settings(folder=tmp_path / "server"), program, program.name) as system:
        with system.engine.begin() as connection:
            people.add_user(connection, "kim", secret, "operator", 1, "the test")
            fields = {"kind": "push", "interval": 0.1}
            numbers = [
                cameras.add(connection, CameraFields(name=name, **fields), 1, "the test")
                for name in ("Pier", "Broken")
            ]
        system.reassign()
        client = TestClient(application(system), base_url="http://127.0.0.1:8000")
        client.post("/login", data={"name": "kim", "password": "a long password"})
        shown = failed = ""
        for _ in range(1500):
            for number in numbers:
                try:
                    system.worker.push(number, jpeg(250))
                except Exception:  # not followed yet, or too fast
                    time.sleep(0.02)
            shown, failed = (client.get(p).text for p in (f"/cameras/{numbers[0]}", "/health"))
            if "people" in shown and "out of order" in failed:
                break
            time.sleep(0.02)
        (result, *_) = client.get(f"/api/cameras/{numbers[0]}/results").json()
    assert "The program sees light" in shown
    assert "&lt;b&gt;Pier&lt;/b&gt;" in shown
    assert "RuntimeError: out of order, line 5" in failed
    assert "the program raised an error" in failed
    assert "2 classes (dark, light)" in failed
    assert result["values"] == {"where": "<b>Pier</b>", "people": 3}


def test_a_picture_that_is_no_longer_kept_is_said(browse, seen, system) -> None:
    from sqlalchemy import update

    from counterpoise.service.database.tables import Camera, Result

    with system.engine.begin() as connection:
        connection.execute(update(Result).values(picture=""))
        connection.execute(update(Camera).values(last_picture=""))
    client = browse("viewer")
    page = client.get(f"/cameras/{seen}").text
    assert "The picture of this frame is no longer kept." in page
    assert "<img" not in page.partition("How often")[0]
    assert client.get(f"/cameras/{seen}/picture?result=1").status_code == 404


def test_a_form_with_no_field_or_with_what_is_no_text_is_refused(browse, token) -> None:
    client = browse("operator")
    secret = token(client)
    assert client.post("/cameras/new", data={"csrf": secret}).status_code == 422
    name = '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x; charset=unicode_escape"}
    refused = client.post("/cameras/new", content=name, headers=kind | {"X-CSRF-Token": secret})
    assert refused.status_code == 422
    assert browse().post("/login", content=name, headers=kind).status_code == 422


def test_a_box_that_was_cleared_stays_so_when_a_field_is_refused(browse, token) -> None:
    client = browse("operator")
    new = client.get("/cameras/new").text
    assert new.count('type="checkbox"') == new.count(" checked>") == 2
    sent = {"csrf": token(client), "name": "a", "kind": "push", "interval": "x", "is_active": "on"}
    refused = client.post("/cameras/new", data=sent)
    assert refused.status_code == 422
    assert 'name="is_active" checked' in refused.text
    assert 'name="stores_pictures" checked' not in refused.text


@pytest.mark.parametrize(("kind", "command"), [("push", "/frames"), ("sensor", "/samples")])
def test_a_device_that_sends_by_itself_is_told_how(browse, token, kind, command) -> None:
    client = browse("operator")
    page = client.post("/cameras/new", data={"csrf": token(client), "name": "n", "kind": kind})
    text = client.get(page.headers["location"]).text
    assert "This device sends them itself" in text
    assert re.search(rf"curl -H .* http://127.0.0.1:8000/api/\w+/1{command}</code>", text)


def test_a_new_camera_gets_the_rest_of_its_place_from_the_nearest_town(browse, token) -> None:
    client = browse("operator")
    sent = {"csrf": token(client), "name": "Isar", "kind": "push", "latitude": "48.1"}
    page = client.post("/cameras/new", data=sent | {"longitude": "11.6"}).headers["location"]
    told = client.get(page).text
    assert "Europe/Berlin" in told
    assert "Germany" in told
    whole = sent | {"longitude": "11.6", "city": "Haidhausen"}
    other = client.post("/cameras/new", data=whole).headers["location"]
    assert "Europe/Berlin" in client.get(other).text
    kept = client.get(f"{page}/edit").text
    assert 'name="city" type="text" value="M\u00fcnchen"' in kept
