"""Sensors, and phones that move, over the REST interface."""

import io
import time

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from starlette.testclient import TestClient

from counterpoise.service.app import application
from counterpoise.service.database import cameras
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.tables import User
from counterpoise.service.database.tokens import add_token


def program_of(system, role: str = "operator") -> TestClient:
    """A program with a token of that role."""
    from sqlalchemy import select

    with system.engine.begin() as connection:
        number = connection.scalar(select(User.id).where(User.name == role))
        secret = add_token(connection, number, "t", role, 1, role)
    client = TestClient(application(system), base_url="http://127.0.0.1:8000")
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def device(system, kind: str) -> int:
    with system.engine.begin() as connection:
        fields = CameraFields(name="Wrist", kind=kind, interval=0.1)
        number = cameras.add(connection, fields, 1, "the test")
    system.reassign()
    for _ in range(1500):
        if number in system.worker._followed or number in system.worker._unfit:
            return number
        time.sleep(0.01)
    raise AssertionError("it is not followed")


def results(client, number: int, least: int = 1) -> list[dict]:
    for _ in range(1500):
        found = client.get(f"/api/cameras/{number}/results").json()
        if len(found) >= least:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{least} results never came")


def npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_windows_are_analysed_stored_shown_and_accounted_for(series_system) -> None:
    client, number = program_of(series_system), device(series_system, "sensor")
    low, high = np.full((2, 5), 0.1, np.float32), np.full((2, 5), 0.9, np.float64)
    address = f"/api/devices/{number}/samples"
    assert client.post(address, json={"samples": low.tolist()}).status_code == 202
    results(client, number)
    time.sleep(0.15)
    assert client.post(address, content=npy(high)).status_code == 202
    newest, first = results(client, number, 2)
    assert (first["label"], newest["label"]) == ("dark", "light")
    stored = client.get(f"{address}/{newest['id']}")
    assert np.load(io.BytesIO(stored.content), allow_pickle=False).tolist() == (
        high.astype(np.float32).tolist()
    )
    shown = client.get(f"/cameras/{number}")
    assert "drawn as lines" in shown.text
    drawn = client.get(f"/cameras/{number}/picture?result={newest['id']}")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert "polyline" in drawn.text
    account = client.get("/api/account", params={"camera": number}).json()
    assert (account["fetched"], account["analysed"]) == (2, 2)
    assert client.get(f"{address}/{newest['id'] + 7}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"json": {"samples": [[1.0] * 4] * 2}}, "takes a series (2, 5); got (2, 4)"),
        ({"json": {"sample": 1}}, "a list of numbers"),
        ({"content": b"x"}, "neither a .npy file nor JSON"),
        ({"content": b"\x93NUMPY"}, "no .npy file"),
        ({"content": npy(np.full((2, 5), np.nan))}, "finite"),
        ({"content": b"[1, 2", "params": {"latitude": 1}}, "one is missing"),
    ],
)
def test_a_window_that_does_not_fit_is_refused_with_its_reason(series_system, sent, said) -> None:
    client, number = program_of(series_system), device(series_system, "sensor")
    answer = client.post(f"/api/devices/{number}/samples", **sent)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert client.get("/api/account").json()["fetched"] == 0


@pytest.mark.sqlite  # of two servers
def test_a_device_that_does_not_fit_says_so(series_system, system, jpeg) -> None:
    for running, kind, path in (
        (series_system, "push", "cameras/{}/frames"),
        (system, "sensor", "devices/{}/samples"),
    ):
        client, number = program_of(running), device(running, kind)
        content = jpeg(3) if kind == "push" else b"[1, 2]"
        answer = client.post("/api/" + path.format(number), content=content)
        assert answer.status_code == 409
        for _ in range(1500):
            row = client.get(f"/api/cameras/{number}").json()
            if row["reason"]:
                break
            time.sleep(0.02)
        assert (row["health"], row["reason"]) == ("disabled", "unfit")
        assert "does not analyse what such a device sends" in client.get(f"/cameras/{number}").text


def test_only_an_operator_sends(series_system) -> None:
    number = device(series_system, "sensor")
    client = program_of(series_system, "viewer")
    assert client.post(f"/api/devices/{number}/samples", json=[1]).status_code == 403
    assert program_of(series_system).post("/api/devices/99/samples", json=[1]).status_code == 404


def test_a_phone_that_moves_is_found_where_it_was_last(system, jpeg) -> None:
    client, number = program_of(system), device(system, "push")
    address = f"/api/cameras/{number}/frames"

    def near(latitude: float, longitude: float) -> int:
        place = {"latitude": latitude, "longitude": longitude, "km": 5}
        return client.get("/api/cameras", params=place).json()["number"]

    in_berlin = {"latitude": 52.5, "longitude": 13.4}
    assert client.post(address, content=jpeg(250), params=in_berlin).status_code == 202
    (result,) = results(client, number)
    assert (result["latitude"], result["longitude"]) == (52.5, 13.4)
    assert (near(52.5, 13.4), near(48.1, 11.6)) == (1, 0)
    time.sleep(0.15)
    form = {"latitude": "48.1", "longitude": "11.6"}
    sent = client.post(address, data=form, files={"picture": ("a.jpg", jpeg(4), "image/jpeg")})
    assert sent.status_code == 202
    results(client, number, 2)
    assert (near(52.5, 13.4), near(48.1, 11.6)) == (0, 1)
    time.sleep(0.15)
    client.post(address, content=jpeg(100))
    assert results(client, number, 3)[0]["latitude"] is None
    assert near(48.1, 11.6) == 1, "it is where it was last"
    assert "at 48.1000" not in client.get(f"/cameras/{number}").text
    (point,) = client.get("/points.json").json()
    assert point["at"] == [48.1, 11.6]


@pytest.mark.parametrize(
    "place",
    [
        {"latitude": "91", "longitude": "1"},
        {"latitude": "1", "longitude": "-181"},
        {"latitude": "nan", "longitude": "1"},
        {"latitude": "inf", "longitude": "1"},
        {"latitude": "here", "longitude": "1"},
        {"latitude": "1"},
    ],
)
def test_a_position_that_is_none_is_refused(system, jpeg, place) -> None:
    client, number = program_of(system), device(system, "push")
    address = f"/api/cameras/{number}/frames"
    files = {"picture": ("a.jpg", jpeg(4), "image/jpeg")}
    assert client.post(address, content=jpeg(4), params=place).status_code == 422
    assert client.post(address, data=place, files=files).status_code == 422
    assert client.post(address, data=place, files={"other": files["picture"]}).status_code == 422
    assert client.get("/api/account").json()["fetched"] == 0
