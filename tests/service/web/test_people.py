"""Users and their passwords, by form."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")


def test_a_user_is_added_and_removed(browse, token) -> None:
    client = browse("admin")
    form = {"csrf": token(client), "name": "kim", "password": "another password", "role": "viewer"}
    assert client.post("/users", data=form).status_code == 303
    assert "kim" in client.get("/users").text
    again = client.post("/users", data=form)
    assert again.status_code == 422
    assert "there is a user &#39;kim&#39; already" in again.text
    assert client.post("/users/remove", data=form).status_code == 303
    audit = client.get("/audit").text
    assert "user added" in audit
    assert "user removed" in audit
    assert "another password" not in audit


@pytest.mark.parametrize(
    ("changed", "said"), [({"password": "short"}, "10 to 200"), ({"role": "king"}, "no role")]
)
def test_what_cannot_be_is_said(browse, token, changed, said: str) -> None:
    client = browse("admin")
    form = {"csrf": token(client), "name": "kim", "password": "another password", "role": "viewer"}
    answer = client.post("/users", data=form | changed)
    assert answer.status_code == 422
    assert said in answer.text


def test_another_password_ends_the_session(browse, token) -> None:
    client = browse("viewer")
    form = {"csrf": token(client), "old": "wrong", "new": "another password"}
    assert client.post("/password", data=form).status_code == 422
    form["old"] = "a long password"
    assert client.post("/password", data=form | {"new": "short"}).status_code == 422
    assert client.post("/password", data=form).status_code == 303
    assert client.get("/").status_code == 303
    sent = {"name": "viewer", "password": "another password"}
    assert client.post("/login", data=sent).status_code == 303


def test_a_role_that_is_lowered_holds_for_the_session_and_the_tokens_that_are_there(
    browse, system, token, camera
) -> None:
    from sqlalchemy import select, update

    from counterpoise.service.database import tokens
    from counterpoise.service.database.tables import User

    client, program = browse("admin"), browse()
    secret = token(client)
    with system.engine.begin() as connection:
        number = connection.scalar(select(User.id).where(User.name == "admin"))
        key = tokens.add_token(connection, number, "t", "admin", 1, "admin")
    program.headers["Authorization"] = f"Bearer {key}"
    assert client.get("/users").status_code == 200
    assert program.get("/users").status_code == 200
    for role, status in (("operator", 303), ("viewer", 403)):
        with system.engine.begin() as connection:
            connection.execute(update(User).where(User.name == "admin").values(role=role))
        for one in (client, program):
            assert one.get("/users").status_code == 403
            assert one.get(f"/cameras/{camera}").status_code == 200
        sent = {"csrf": secret, "name": "x", "kind": "push", "interval": "4"}
        assert client.post("/cameras/new", data=sent).status_code == status
        body = {"name": "y", "kind": "push"}
        assert (program.post("/api/cameras", json=body).status_code == 201) == (status == 303)
