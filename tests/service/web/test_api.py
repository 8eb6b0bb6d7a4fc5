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
    (result, *_) = api.get(f"/api/cameras/{seen}/results").json()
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
