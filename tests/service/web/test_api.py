"""The REST interface."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterpoise.service.database.tables import User
from counterpoise.service.database.tokens import add_token


@pytest.fixture
def api(browse, system):
    """A program with an operator's token."""
    from sqlalchemy import select

    with system.engine.begin() as connection:
        number = connection.scalar(select(User.id).where(User.name == "operator"))
        secret = add_token(connection, number, "t", "operator", 1, "operator")
    client = browse()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def test_a_camera_from_begin_to_end(api) -> None:
    sent = {"name": "Pier", "kind": "snapshot", "url": "https://x.example/1.jpg", "city": "Oslo"}
    made = api.post("/api/cameras", json=sent)
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    assert made.json().items() >= sent.items()
    assert api.get("/api/cameras", params={"words": "oslo"}).json()["number"] == 1
    changed = api.put(f"/api/cameras/{number}", json=sent | {"is_active": False})
    assert changed.json()["is_active"] is False
    assert api.delete(f"/api/cameras/{number}").status_code == 204
    assert api.get(f"/api/cameras/{number}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://169.254.169.254:99/"},
        {"kind": "x"},
        {"latitude": 91},
        {"latitude": 1},
        {"colour": "red"},
        {"interval": 0},
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(api, wrong) -> None:
    sent = {"name": "Pier", "kind": "snapshot", "url": "https://x.example/1.jpg"}
    answer = api.post("/api/cameras", json=sent | wrong)
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_frames_are_pushed_and_seen(api, seen, jpeg) -> None:
    assert api.post(f"/api/cameras/{seen}/frames", content=jpeg(3)).status_code == 202
    (*_, result) = api.get(f"/api/cameras/{seen}/results").json()  # the oldest
    assert result["label"] == "light"
    assert result["shares"]["light"] == pytest.approx(0.98, abs=0.01)
    account = api.get("/api/account").json()
    assert account["fetched"] == (
        account["analysed"] + sum(account["dropped"].values()) + account["in_flight"]
    )
    counts = api.get(f"/api/cameras/{seen}/history", params={"period": "day"}).json()["counts"]
    assert counts["light"][-1] >= 1


def test_frames_for_a_camera_that_takes_none(api) -> None:
    sent = {"name": "Pier", "kind": "snapshot", "url": "https://x.example/1.jpg"}
    number = api.post("/api/cameras", json=sent | {"is_active": False}).json()["id"]
    answer = api.post(f"/api/cameras/{number}/frames", content=b"x")
    assert answer.status_code == 409


SEARCHES = st.dictionaries(
    st.sampled_from(["words", "latitude", "longitude", "km", "kind", "health", "label", "x"]),
    st.one_of(st.text(max_size=20), st.floats().map(str), st.integers().map(str)),
    max_size=4,
)
NUMBERS = st.one_of(st.integers(), st.text(max_size=5).filter(lambda t: "/" not in t), st.floats())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(search=SEARCHES, number=NUMBERS, most=st.integers(), before=st.integers())
def test_nothing_that_is_asked_is_a_defect(api, search, number, most, before) -> None:
    from urllib.parse import quote

    camera = quote(str(number), safe="")
    for path, params in (
        ("/api/cameras", search),
        (f"/api/cameras/{camera}", {}),
        (f"/api/cameras/{camera}/results", {"most": most, "before": before}),
        (f"/api/cameras/{camera}/history", {}),
        ("/api/account", {"camera": camera}),
    ):
        assert api.get(path, params=params).status_code < 500


def test_the_description_names_every_path(api) -> None:
    described = api.get("/api/openapi.json").json()
    assert {"/api/cameras", "/api/cameras/{number}/frames", "/api/account"} <= set(
        described["paths"]
    )


@pytest.mark.parametrize("field", ["name", "kind", "timezone", "\\udfff"])
def test_half_a_character_is_refused_and_said(api, field) -> None:
    sent = f'{{"name": "a", "kind": "push", "{field}": "\\ud800x"}}'
    refused = api.post("/api/cameras", content=sent, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert "\\ud" in refused.json()["detail"]


PAGES = (
    "/", "/list", "/cameras", "/points.json", "/cameras/{}", "/cameras/{}/live",
    "/cameras/{}/edit", "/cameras/{}/history", "/cameras/{}/drift", "/analysis?by=camera",
    "/health", "/models",
    "/api/cameras", "/api/cameras/{}", "/api/cameras/{}/results", "/api/cameras/{}/history",
    "/api/account?camera={}", "/api/cameras?latitude=0&longitude=0&km=20000",
    "/api/cameras/export?format=csv", "/api/cameras/export?format=json",
    "/api/cameras/export?format=geojson", "/cameras/export.csv", "/api/analysis?by=camera",
)  # fmt: skip


@pytest.mark.sqlite
@pytest.mark.parametrize("place", [(500.0, 1.0), ("north", "east"), (1.0, None), (9e999, -9e999)])
def test_a_row_that_breaks_every_rule_stops_no_page(api, browse, system, seen, place) -> None:
    """Written by an older version, a restore or by SQL."""
    import sqlite3

    from counterpoise.service.database.address import DATABASE

    with sqlite3.connect(system.settings.folder / DATABASE) as other:
        row = {
            "name": "\x00" * 5000, "kind": "hologram" * 9, "interval": -9e999,
            "latitude": place[0], "longitude": place[1], "city": 7, "country": "<script>",
            "timezone": "../../etc/passwd", "attribution": "=1+1" * 9000, "stores_pictures": 77,
            "is_active": 2, "health": "dancing", "reason": "?" * 400, "health_since": 2**62,
            "last_frame": -(2**62), "last_label": "", "last_picture": "../../key", "source": "",
            "missing_since": "soon",
        }  # fmt: skip
        row["url"] = "javascript:alert(1)" * 999
        names = ", ".join(f"{name} = ?" for name in row)
        other.execute(f"UPDATE cameras SET {names} WHERE id = {seen}", tuple(row.values()))
    other.close()
    system.reassign()
    operator = browse("operator")
    for page in PAGES:
        client = api if page.startswith("/api/") else operator
        answer = client.get(page.format(seen))
        assert answer.status_code == 200, (page, answer.text[-500:])
        assert "<script>alert" not in answer.text
        assert "Infinity" not in answer.text
    given = api.get(f"/api/cameras/{seen}").json()
    assert (given["latitude"], given["longitude"], given["last_frame"]) == (None, None, None)
    assert (given["interval"], given["kind"], given["is_active"]) == (0.1, "hologram" * 9, True)
    mended = {"name": "Pier", "kind": "push", "latitude": 1.5, "longitude": 2.5}
    assert api.put(f"/api/cameras/{seen}", json=mended).json().items() >= mended.items()
    assert system.is_ready() == ""


@pytest.mark.sqlite
def test_text_that_is_no_utf8_stops_no_page(api, browse, system, seen) -> None:
    """Written by SQL alone, into every column of text but those by which somebody is known."""
    import sqlite3

    from sqlalchemy import String

    from counterpoise.service.database.address import DATABASE
    from counterpoise.service.database.tables import Table

    admin = browse("admin")
    rule = {"name": "dark", "kind": "class seen", "label": "dark", "raise_at": 0.5}
    assert api.post("/api/alerts/rules", json=rule).status_code in (201, 403)
    known = {"digest", "role", "password", "csrf", "id", "holder_id"}
    with sqlite3.connect(system.settings.folder / DATABASE) as other:
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, String) and column.name not in known:
                    broken = f"CAST(x'ff' || {column.name} || x'c3' AS TEXT)"
                    other.execute(f"UPDATE OR IGNORE {table.name} SET {column.name} = {broken}")
    other.close()
    system.reassign()
    for page in (*PAGES, "/alerts", "/catalogues", "/users", "/audit", "/tokens"):
        client = api if page.startswith("/api/") else admin
        answer = client.get(page.format(seen))
        assert answer.status_code == 200, (page, answer.text[-500:])
    given = api.get(f"/api/cameras/{seen}").json()
    assert given["name"] == "\ufffdPier\ufffd"
    mended = {"name": "Pier", "kind": "push", "latitude": 1.5, "longitude": 2.5}
    assert api.put(f"/api/cameras/{seen}", json=mended).json().items() >= mended.items()
    assert system.is_ready() == ""


def test_a_camera_is_described_as_it_is_asked_for(api) -> None:
    from counterpoise.service.database.cameras import CameraFields
    from counterpoise.service.web.api import CameraOut

    assert CameraOut.model_fields.keys() > CameraFields.model_fields.keys()
    schema = api.get("/api/openapi.json").json()["components"]["schemas"]
    out, asked = schema["CameraOut"]["properties"], schema["CameraFields"]["properties"]
    for name, about in asked.items():
        assert out[name]["description"] == about["description"]
        assert out[name].get("examples") == about.get("examples")
        assert "maxLength" not in out[name]
