"""One's own tokens, by form and by program; nobody else's."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


def make(client, csrf: str, name: str = "grafana", role: str = "viewer"):
    return client.post("/tokens", data={"csrf": csrf, "name": name, "role": role})


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_is_shown_once_used_and_revoked(browse, token) -> None:
    client = browse("operator")
    answer = make(client, token(client))
    assert answer.status_code == 201
    (secret,) = re.findall(r"cp_[\w-]{43}", answer.text)
    page = client.get("/tokens").text
    assert secret not in page
    assert "grafana" in page
    assert "never" in page
    program = browse()
    assert program.get("/api/cameras", headers=bearer(secret)).status_code == 200
    (row,) = client.get("/api/tokens").json()
    assert row["used"] >= row["created"]
    revoked = client.post(f"/tokens/{row['id']}/revoke", data={"csrf": token(client)})
    assert revoked.status_code == 303
    assert program.get("/api/cameras", headers=bearer(secret)).status_code == 401
    assert "You have no token" in client.get("/tokens").text


def test_one_user_neither_reads_nor_revokes_the_tokens_of_another(browse, token) -> None:
    owner, other = browse("operator"), browse("viewer")
    assert make(owner, token(owner), "mine").status_code == 201
    (row,) = owner.get("/api/tokens").json()
    assert "mine" not in other.get("/tokens").text
    assert other.get("/api/tokens").json() == []
    assert other.get("/api/tokens?everybody=true").status_code == 403
    csrf = token(other)
    assert other.post(f"/tokens/{row['id']}/revoke", data={"csrf": csrf}).status_code == 404
    refused = other.delete(f"/api/tokens/{row['id']}", headers={"X-CSRF-Token": csrf})
    never = other.delete("/api/tokens/999", headers={"X-CSRF-Token": csrf})
    assert refused.status_code == never.status_code == 404
    assert refused.json()["detail"].replace(str(row["id"]), "999") == never.json()["detail"]
    assert len(owner.get("/api/tokens").json()) == 1


def test_an_admin_sees_and_revokes_those_of_others(browse, token) -> None:
    owner, admin = browse("viewer"), browse("admin")
    make(owner, token(owner), "mine")
    assert "mine" in admin.get("/tokens").text
    (row,) = admin.get("/api/tokens?everybody=true").json()
    assert (row["user"], row["name"]) == ("viewer", "mine")
    assert admin.get("/api/tokens").json() == []
    answer = admin.delete(f"/api/tokens/{row['id']}", headers={"X-CSRF-Token": token(admin)})
    assert answer.status_code == 204
    assert owner.get("/api/tokens").json() == []


def test_no_token_is_above_whoever_makes_it(browse, token) -> None:
    client = browse("operator")
    answer = make(client, token(client), role="admin")
    assert answer.status_code == 422
    assert "up to operator" in answer.text
    assert "admin:" not in client.get("/tokens").text, "the form offers none"
    headers = {"X-CSRF-Token": token(client)}
    asked = {"name": "t", "role": "operator"}
    secret = client.post("/api/tokens", json=asked, headers=headers).json()["token"]
    low = client.post("/api/tokens", json={"name": "t"}, headers=bearer(secret)).json()["token"]
    program = browse()  # a token of a viewer's role makes no other one, though its user could
    refused = program.post("/api/tokens", json=asked, headers=bearer(low))
    assert refused.status_code == 422
    assert "up to viewer" in refused.json()["detail"]


@pytest.mark.parametrize(("name", "role", "said"), [("", "viewer", "1 to"), ("t", "king", "role")])
def test_what_cannot_be_is_said(browse, token, name: str, role: str, said: str) -> None:
    client = browse("admin")
    answer = make(client, token(client), name, role)
    assert answer.status_code == 422
    assert said in answer.text
