"""The map's search, as a browser's form sends it."""

import time

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


def test_empty_fields_do_not_matter(browse, camera) -> None:
    client = browse("viewer")
    every = client.get("/?words=&latitude=&longitude=&km=&kind=&health=")
    assert "Pier" in every.text
    assert "1 camera." in every.text


@pytest.mark.parametrize(
    ("query", "is_found"),
    [("words=pie", True), ("words=x", False), ("kind=mjpeg", False),
     ("latitude=1&longitude=2&km=100", True), ("latitude=50&longitude=2&km=100", False)],
)  # fmt: skip
def test_a_search_finds_what_fits(browse, camera, query: str, is_found: bool) -> None:
    client = browse("viewer")
    assert ("Pier" in client.get(f"/cameras?{query}").text) is is_found
    assert bool(client.get(f"/points.json?{query}").json()) is is_found
    if not is_found:
        assert "No camera fits." in client.get(f"/?{query}").text


def test_what_the_map_leaves_out_is_counted(browse, camera, monkeypatch) -> None:
    client = browse("viewer")
    assert client.get("/points.json").headers["x-left-out"] == "0"
    monkeypatch.setattr("counterpoise.service.web.map.DRAWN", 0)
    assert client.get("/points.json").headers["x-left-out"] == "1"


def test_a_number_that_is_none_is_said(browse, camera) -> None:
    client = browse("viewer")
    answer = client.get("/?latitude=north&longitude=2&km=3")
    assert answer.status_code == 200
    assert "latitude" in answer.text
    assert client.get("/points.json?latitude=north").status_code == 422


def test_a_place_is_searched_by_its_name(browse, camera, system) -> None:
    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields

    fields = CameraFields(name="Lock", kind="push", latitude=40.5, longitude=-86.9, country="USA")
    with system.engine.begin() as connection:
        cameras.add(connection, fields, 1, "the test")
    client = browse("viewer")
    town = client.get("/?place=lafayette, indiana").text
    assert "Within 50 km of <strong>Lafayette, Indiana, United States</strong>." in town
    assert "Lock" in town
    assert "Pier" not in town
    either = client.get("/?place=lafayette&words=x").text
    assert 'href="/?words=x&amp;place=Lafayette%2C+Indiana%2C+United+States">' in either
    country = client.get("/?place=United States").text
    assert "In <strong>United States</strong>." in country
    assert "Lock" in country
    assert "no place &#39;Atlantis&#39; is known" in client.get("/?place=Atlantis").text
    assert client.get("/points.json?place=Atlantis").status_code == 422
    assert client.get("/places.json?place=lafayette, ind").json() == [
        "Lafayette, Indiana, United States"
    ]
    assert client.get("/places.json?place=l").json() == []


def test_the_map_is_told_what_was_searched(browse, camera) -> None:
    import json

    client = browse("viewer")

    def area(query: str) -> object:
        return json.loads(client.get(f"/points.json?{query}").headers["x-area"])

    assert area("") is None
    assert area("latitude=1&longitude=2&km=3") == {"circle": [1, 2], "km": 3}
    assert area("south=1&west=170&north=3&east=-170") == {"box": [[1, 170], [3, 190]]}
    assert area("place=Lafayette, Indiana") == {"circle": [40.4167, -86.8753], "km": 50}


def test_a_box_is_searched(browse, camera) -> None:
    client = browse("viewer")
    whole = client.get("/?south=1&west=2&north=3&east=4&kind=push").text
    assert "Pier" in whole
    assert 'In the box from 1.00, 2.00 to 3.00, 4.00. <a href="/?kind=push">Everywhere' in whole
    assert "Pier" not in client.get("/?south=2&west=2&north=3&east=4").text
    assert "one of them is missing" in client.get("/?south=2").text


def test_the_list_has_pages(browse, camera, monkeypatch, system) -> None:
    from counterpoise.service.database import cameras
    from counterpoise.service.database.cameras import CameraFields

    with system.engine.begin() as connection:
        cameras.add(connection, CameraFields(name="Quay", kind="push"), 1, "the test")
    monkeypatch.setattr("counterpoise.service.web.map.SHOWN", 1)
    client = browse("viewer")
    assert 'href="/list?kind=push">all, by pages' in client.get("/?kind=push").text
    first, second = (client.get(f"/list?kind=push&page={n}").text for n in (1, 2))
    assert ("Pier" in first, "Quay" in first) == (True, False)
    assert ("Pier" in second, "Quay" in second) == (False, True)
    assert 'href="/list?kind=push&amp;page=2" rel="next"' in first
    assert "2 to 2 of them here" in second
    assert "page 2 of 2" in second


def test_the_list_says_why_most_frames_were_dropped(browse, system, camera) -> None:
    for _ in range(3):
        system.recorder.dropped(camera, "faster than wanted")
    system.recorder.dropped(camera, "truncated")
    for _ in range(1500):
        text = browse("viewer").get("/cameras").text
        if "dropped (most of them: faster than wanted)" in text:
            return
        time.sleep(0.02)
    raise AssertionError(text)
