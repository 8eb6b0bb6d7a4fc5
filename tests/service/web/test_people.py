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
