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
    viewer, operator = browse("viewer"), browse("operator")
    assert "Apply the correction" not in viewer.get("/models/drift").text
    text = operator.get("/models/drift").text
    shares = re.search(r'name="shares" value="([^"]+)"', text)
    assert shares is not None
    sent = {"csrf": token(operator), "shares": shares[1]}
    assert viewer.post("/models/drift/correct", data=sent).status_code == 403
    assert operator.post("/models/drift/correct", data={"shares": shares[1]}).status_code == 403
    for wrong in ("", "a,b", "1,2,3", "nan,1"):
        refused = operator.post("/models/drift/correct", data={**sent, "shares": wrong})
        assert refused.status_code == 422
        assert "shares are" in refused.text
    assert system.name == "first"
    assert operator.post("/models/drift/correct", data=sent).status_code == 303
    assert system.name == "first, prior corrected"
    given = [float(one) for one in shares[1].split(",")]
    assert assumed(system.model) == pytest.approx(given, abs=1e-5)
    assert "is corrected" in viewer.get("/models/drift").text
    assert "Take the correction back" not in viewer.get("/models/drift").text
    assert "Take the correction back" in operator.get("/models/drift").text
    for line in ("prior correction: “", "operator"):
        assert line in browse("admin").get("/audit").text
    assert operator.post("/models/drift/take-back", data=sent).status_code == 303
    assert system.name == "first"
    assert "no prior correction" in operator.post("/models/drift/take-back", data=sent).text


def test_by_rest(browse, token, system) -> None:
    client = browse("operator")
    client.headers["X-CSRF-Token"] = token(client)
    place = "/api/models/correction"
    made = client.put(place, json={"shares": [8, 2]})
    assert made.json() == {"name": "first, prior corrected", "digest": system.model.digest}
    assert assumed(system.model) == pytest.approx([0.8, 0.2])
    assert client.put(place, json={"shares": [1]}).status_code == 409
    assert client.delete(place).json()["name"] == "first"
    assert client.delete(place).status_code == 409
