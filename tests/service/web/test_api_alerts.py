"""Alerts by REST."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import alerts

RULE = {"name": "lights", "kind": "class seen", "label": "light", "search": {"words": "pier"}}
URL = "https://hooks.example.org/services/secret-path"


def test_a_rule_from_its_making_to_its_end(browse, token, system) -> None:
    client = browse("operator")
    headers = {"X-CSRF-Token": token(client)}
    made = client.post("/api/alerts/rules", json=RULE | {"url": URL}, headers=headers)
    assert made.status_code == 201
    rule = made.json()
    assert rule["secret"].startswith("whsec_")
    assert rule["url"] == "hooks.example.org"
    assert (rule["search"]["words"], rule["raise_at"]) == ("pier", 1)
    where = f"/api/alerts/rules/{rule['id']}"
    assert "secret" not in client.get(where).json()
    assert [one["name"] for one in client.get("/api/alerts/rules").json()] == ["lights"]
    changed = client.put(where, json=RULE | {"name": "dark", "url": URL}, headers=headers)
    assert changed.json()["name"] == "dark"
    assert client.post(f"{where}/test", headers=headers).status_code == 202
    renewed = client.post(f"{where}/secret", headers=headers)
    assert renewed.json()["secret"] != rule["secret"]
    (sent,) = client.get("/api/alerts/deliveries").json()
    assert (sent["what"], sent["rule"]) == ("test", rule["id"])
    with system.engine.begin() as connection:
        alerts.write(connection, rule["id"], None, 5, True, 1, "d")
    assert [one["name"] for one in client.get("/api/alerts").json()] == ["dark"]
    assert [one["is_raised"] for one in client.get("/api/alerts/log").json()] == [True]
    assert client.delete(where, headers=headers).status_code == 204
    assert client.get(where).status_code == 404


def test_what_cannot_be_is_said(browse, token) -> None:
    client = browse("operator")
    headers = {"X-CSRF-Token": token(client)}

    def refused(**changed) -> str:
        answer = client.post("/api/alerts/rules", json=RULE | changed, headers=headers)
        assert answer.status_code == 422
        return answer.json()["detail"]

    assert "names a class" in refused(label="")
    assert "never fetched from" in refused(url="http://169.254.169.254/latest")
    client.post("/api/alerts/rules", json=RULE, headers=headers)
    assert "a rule 'lights' already" in refused()
    test = client.post("/api/alerts/rules/1/test", headers=headers)
    assert (test.status_code, "no webhook" in test.text) == (409, True)


def test_viewers_read_and_do_not_write(browse, token) -> None:
    client = browse("viewer")
    headers = {"X-CSRF-Token": token(client)}
    assert client.get("/api/alerts/rules").json() == []
    assert client.post("/api/alerts/rules", json=RULE, headers=headers).status_code == 403
    assert client.delete("/api/alerts/rules/1", headers=headers).status_code == 403
