"""Import and export by programs."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CSV = b"name,kind,url,latitude\nPier,snapshot,https://x.example/1.jpg,\nb,push,,91\n"


@pytest.fixture
def api(browse, token):
    client = browse("operator")
    client.headers["X-CSRF-Token"] = token(client)
    return client


def test_a_file_is_imported_and_exported(api) -> None:
    would = api.post("/api/cameras/import", params={"dry_run": True}, content=CSV)
    assert would.json() == {
        "rows": 2, "added": 1, "changed": 0, "unchanged": 0, "placed": 0, "rows_refused": 1,
        "refused": [{
            "where": "line 3", "field": "latitude", "got": "'91'",
            "rule": "Input should be less than or equal to 90",
        }],
        "ignored": [],
    }  # fmt: skip
    assert api.get("/api/cameras").json()["number"] == 0
    assert api.post("/api/cameras/import", content=CSV).json()["added"] == 1
    for form in ("csv", "json", "geojson"):
        whole = api.get("/api/cameras/export", params={"format": form, "words": "pier"}).content
        again = api.post("/api/cameras/import", content=whole).json()
        assert (again["rows"], again["unchanged"]) == (1, 1)


def test_an_import_is_in_the_audit_log_and_is_fetched_from(api, browse, system) -> None:
    api.post("/api/cameras/import", content=b"name,kind\nPhone,push\n")
    assert "cameras imported" in browse("admin").get("/audit").text
    import time

    for _ in range(1500):
        if 1 in system.worker._followed:
            return
        time.sleep(0.02)
    raise AssertionError("it is not followed")


def test_what_cannot_be_is_said(api, browse) -> None:
    assert "empty" in api.post("/api/cameras/import", content=b"").json()["detail"]
    assert api.get("/api/cameras/export", params={"format": "xls"}).status_code == 422
    assert api.get("/api/cameras/export", params={"km": 3}).status_code == 422
    viewer = browse("viewer")
    assert viewer.post("/api/cameras/import", content=CSV).status_code == 403
    del api.headers["X-CSRF-Token"]
    assert api.post("/api/cameras/import", content=CSV).status_code == 403


def test_a_file_has_a_bound(api) -> None:
    refused = api.post("/api/cameras/import", content=b" " * (67 << 20))
    assert refused.status_code == 413


HEAD = st.sampled_from(
    [b"", b"name,kind\n", b'[{"name":', b'{"type":"FeatureCollection","features":[{']
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(HEAD, st.binary(max_size=40))
def test_no_file_is_a_defect(api, head: bytes, content: bytes) -> None:
    answer = api.post("/api/cameras/import", content=head + content)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert all(refused["rule"] for refused in answer.json()["refused"])


def test_places_are_found_and_complete_an_import(api) -> None:
    (place,) = api.get("/api/places", params={"place": "lafayette, in"}).json()
    assert place["whole"] == "Lafayette, Indiana, United States"
    assert api.get("/api/places", params={"place": ""}).status_code == 422
    rows = [{"name": "a", "kind": "push", "latitude": 40.5, "longitude": -86.9}]
    assert api.post("/api/cameras/import", json=rows).json()["placed"] == 1
    found = api.get("/api/cameras", params={"place": "lafayette, in"}).json()["cameras"]
    assert [(row["city"], row["state"]) for row in found] == [("Lafayette", "Indiana")]
    assert api.post("/api/cameras/import", json=rows).json()["unchanged"] == 1
    assert api.get("/api/cameras", params={"place": "Atlantis"}).status_code == 422
    assert b"40.5" in api.get("/api/cameras/export", params={"place": "USA"}).content
