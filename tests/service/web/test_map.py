"""The map's search, as a browser's form sends it."""

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
