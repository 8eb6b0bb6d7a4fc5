"""A prior correction is applied and taken back, on the page and by REST."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.analyzer.prior_shift import assumed
from counterpoise.service.promotion import prior

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def system(serving):
    return serving


def test_by_a_click_and_back(browse, token, system, record_seen, monkeypatch) -> None:
    monkeypatch.setattr(prior, "LEAST", 10)
    record_seen([40] * 18 + [136] * 2)
    viewer, operator, admin = browse("viewer"), browse("operator"), browse("admin")
    for one in (viewer, operator):
        assert "Apply the correction" not in one.get("/models/drift").text
    text = admin.get("/models/drift").text
    shares = re.search(r'name="shares" value="([^"]+)"', text)
    assert shares is not None
    sent = {"csrf": token(admin), "shares": shares[1], "model": system.model.digest}
    for one in (viewer, operator):
        mine = {**sent, "csrf": token(one)}
        assert one.post("/models/drift/correct", data=mine).status_code == 403
    assert admin.post("/models/drift/correct", data={**sent, "csrf": ""}).status_code == 403
    stale = admin.post("/models/drift/correct", data={**sent, "model": "0" * 64})
    assert (stale.status_code, "another model runs" in stale.text) == (422, True)
    for wrong in ("", "a,b", "1,2,3", "nan,1"):
        refused = admin.post("/models/drift/correct", data={**sent, "shares": wrong})
        assert refused.status_code == 422
        assert "shares are" in refused.text
    assert system.name == "first"
    assert admin.post("/models/drift/correct", data=sent).status_code == 303
    assert system.name == "first, prior corrected"
    given = [float(one) for one in shares[1].split(",")]
    assert assumed(system.model) == pytest.approx(given, abs=1e-5)
    assert "is corrected" in viewer.get("/models/drift").text
    assert "Take the correction back" not in viewer.get("/models/drift").text
    assert "Take the correction back" in admin.get("/models/drift").text
    for line in ("prior correction: “", "admin"):
        assert line in browse("admin").get("/audit").text
    assert admin.post("/models/drift/take-back", data=sent).status_code == 303
    assert system.name == "first"
    assert "no prior correction" in admin.post("/models/drift/take-back", data=sent).text


def test_by_rest(browse, token, system) -> None:
    client = browse("admin")
    client.headers["X-CSRF-Token"] = token(client)
    place = "/api/models/correction"
    made = client.put(place, json={"shares": [8, 2]})
    assert made.json() == {"name": "first, prior corrected", "digest": system.model.digest}
    assert assumed(system.model) == pytest.approx([0.8, 0.2])
    assert client.put(place, json={"shares": [1]}).status_code == 409
    other = client.put(place, json={"shares": [8, 2], "model": "0" * 64})
    assert "another model runs" in other.json()["detail"]
    assert client.delete(place).json()["name"] == "first"
    assert client.delete(place).status_code == 409
