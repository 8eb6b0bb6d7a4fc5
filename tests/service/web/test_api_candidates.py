"""Candidates by REST."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database.tokens import add_token

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def system(serving):
    return serving


@pytest.fixture
def client(browse, system):
    """A program with an admin's token."""
    from sqlalchemy import select

    from counterpoise.service.database.tables import User

    with system.engine.begin() as connection:
        number = connection.scalar(select(User.id).where(User.name == "admin"))
        secret = add_token(connection, number, "t", "admin", 1, "admin")
    client = browse()
    client.headers["Authorization"] = f"Bearer {secret}"
    return client


def test_from_a_folder_to_a_promotion_and_back(
    client, exported, system, push, wait_for_shadow
) -> None:
    base = "/api/models/candidates"
    assert client.get(base).json() == []
    sent = {"folder": str(exported("second", 0.3)), "name": "two"}
    made = client.post(base, json=sent)
    assert made.status_code == 201
    number = made.json()["id"]
    assert client.post(base, json=sent).status_code == 422
    assert (
        client.post(f"{base}/{number}/shadow", json={"by_rule": False}).json()["state"]
        == "shadowed"
    )
    push(6)
    wait_for_shadow(4)
    assert client.post(f"{base}/{number}/stop").json()["seen"] > 0
    found = client.get(f"{base}/{number}").json()
    assert found["frames"] == sum(one["number"] for one in found["agreement"]) > 0
    assert not found["rule_holds"]
    assert client.post(f"{base}/{number}/promote").status_code == 200
    again = client.post(f"{base}/{number}/promote")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        f"candidate {number}, two, runs already",
    )
    assert [one["name"] for one in client.get("/api/models/choices").json()] == ["two", "first"]
    assert client.post("/api/models/rollback").json()[0]["name"] == "first"
    assert client.delete(f"{base}/{number}").status_code == 204
    for path, method in ((f"{base}/{number}", "get"), (f"{base}/{number}/stop", "post")):
        assert getattr(client, method)(path).status_code == 404
    assert system.name == "first"


def test_a_viewer_reads_and_changes_nothing(browse) -> None:
    client = browse("viewer")
    assert client.get("/api/models/choices").status_code == 200
    assert client.post("/api/models/rollback").status_code == 403
    assert client.post("/api/models/candidates", json={"folder": "/x"}).status_code == 403
