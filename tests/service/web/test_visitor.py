"""Roles, tokens, and forms that another site sends."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from fastapi.routing import APIRoute
from sqlalchemy import select

from counterpoise.service.database import tokens
from counterpoise.service.database.tables import User

NEEDS = {  # page -> the least role that may see it
    "/": "viewer", "/health": "viewer", "/password": "viewer", "/metrics": "viewer",
    "/tokens": "viewer",
    "/alerts": "viewer", "/alerts/new": "operator",
    "/cameras/new": "operator", "/cameras/{}/edit": "operator",
    "/users": "admin", "/audit": "admin",
    "/label": "labeller", "/label/grid": "labeller", "/label/disputes": "labeller",
    "/label/files": "labeller", "/label/training": "labeller",
}  # fmt: skip


@pytest.mark.parametrize("page", NEEDS)
def test_pages_are_for_their_role_and_those_above(browse, camera, page: str) -> None:
    ranks = ["viewer", "labeller", "operator", "admin"]
    for role in ranks:
        answer = browse(role).get(page.format(camera))
        allowed = ranks.index(role) >= ranks.index(NEEDS[page])
        assert answer.status_code == (200 if allowed else 403)


def routes(app) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for router in (
            app.router,
            *(r.original_router for r in app.routes if hasattr(r, "original_router")),
        )
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods - {"GET", "HEAD"})
    ]


def test_no_change_without_the_secret_of_the_session(browse, camera) -> None:
    client = browse("admin")
    found = [pair for pair in routes(client.app) if pair[1] != "/login"]
    assert len(found) >= 10
    for method, path in found:
        address = re.sub(r"\{\w+\}", str(camera), path)
        for csrf in ("", "of another session"):
            answer = client.request(
                method, address, data={"csrf": csrf}, headers={"X-CSRF-Token": csrf}
            )
            assert answer.status_code == 403, f"{method} {path}"
            assert "this form is not from this page" in answer.text


def test_a_token_has_the_lower_role_of_the_two(browse, system, camera) -> None:
    with system.engine.begin() as connection:

        def add(name: str, role: str) -> str:
            number = connection.scalar(select(User.id).where(User.name == name))
            return tokens.add_token(connection, number, "t", role, 1, name)

        secrets = {
            "viewer": [add("viewer", "admin"), add("admin", "viewer")],
            "operator": [add("operator", "admin")],
        }
    client = browse()
    for role, some in secrets.items():
        for secret in some:
            headers = {"Authorization": f"Bearer {secret}"}
            assert client.get("/api/cameras", headers=headers).status_code == 200
            answer = client.delete(f"/api/cameras/{camera}", headers=headers)
            assert answer.status_code == (204 if role == "operator" else 403)
    assert client.get("/api/cameras", headers={"Authorization": "Bearer no"}).status_code == 401


# What a viewer may change: itself. Everything else takes a higher role.
OWN = {"/login", "/logout", "/password", "/tokens", "/tokens/{number}/revoke", "/api/tokens",
       "/api/tokens/{number}"}  # fmt: skip


def test_no_viewer_changes_anything_but_itself(browse, camera, token) -> None:
    client = browse("viewer")
    csrf = token(client)
    found = [pair for pair in routes(client.app) if pair[1] not in OWN]
    assert len(found) >= 20
    for method, path in found:
        address = re.sub(r"\{\w+\}", str(camera), path)
        answer = client.request(
            method, address, data={"csrf": csrf}, headers={"X-CSRF-Token": csrf}
        )
        assert answer.status_code == 403, f"{method} {path}"
        assert "this takes the role" in answer.text, f"{method} {path}"


@pytest.mark.parametrize(
    "number",
    ["..", "../users", "..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "1%00", "-1", "1;x", "9" * 30],
)
def test_no_number_of_a_camera_leads_elsewhere(browse, seen, number: str) -> None:
    client = browse("viewer")
    for path in ("/cameras/{}/picture", "/api/cameras/{}/results", "/api/cameras/{}"):
        answer = client.get(path.format(number))
        assert answer.status_code in (307, 404, 422)  # 307: without the last slash
        assert "image" not in answer.headers.get("content-type", "")
    assert client.get(f"/cameras/{seen}/picture?result=../1").status_code == 422
    assert client.get(f"/cameras/{seen + 1}/picture?result=1").status_code == 404, "of another"
