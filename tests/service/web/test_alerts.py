"""Alerts by form: rules, secrets that are shown once, tests, and who may."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import alerts

URL = "https://hooks.example.org/services/T0/secret-path"


@pytest.fixture
def form(token):
    def made(client, **changed) -> dict[str, str]:
        base = {"csrf": token(client), "name": "lights", "kind": "class rate", "label": "light",
                "raise_at": "10", "window": "60", "is_active": "on", "url": URL}  # fmt: skip
        return {name: value for name, value in (base | changed).items() if value is not None}

    return made


def test_a_rule_is_added_changed_tested_and_removed(browse, form) -> None:
    client = browse("operator")
    answer = client.post("/alerts/new", data=form(client))
    assert answer.status_code == 201
    (secret,) = re.findall(r"whsec_[\w+/=]+", answer.text)
    page = client.get("/alerts/1").text
    assert secret not in page
    assert "lights" in client.get("/alerts").text
    changed = form(client, name="many lights", words="pier", hold="30")
    assert client.post("/alerts/1", data=changed).status_code == 303
    page = client.get("/alerts/1").text
    assert 'value="pier"' in page
    assert 'value="30"' in page
    assert client.post("/alerts/1/test", data=form(client)).status_code == 303
    assert "test" in client.get("/alerts/1").text
    renewed = client.post("/alerts/1/secret", data=form(client))
    assert re.findall(r"whsec_[\w+/=]+", renewed.text) != [secret]
    assert client.post("/alerts/1/remove", data=form(client)).status_code == 303
    assert "There is no rule yet" in client.get("/alerts").text
    assert client.get("/alerts/1").status_code == 404


def test_a_class_that_the_model_does_not_have_is_said(browse, form) -> None:
    client = browse("operator")
    said = client.post("/alerts/new", data=form(client, label="Light")).text
    assert "The model that runs has no class “Light”" in said
    assert "Its classes are: dark, light." in said
    assert "has no class" not in client.post("/alerts/new", data=form(client)).text


def test_a_viewer_sees_rules_and_no_secret_path_and_changes_nothing(browse, form) -> None:
    operator, viewer = browse("operator"), browse("viewer")
    operator.post("/alerts/new", data=form(operator))
    for path in ("/alerts", "/alerts/1"):
        page = viewer.get(path)
        assert page.status_code == 200
        assert "secret-path" not in page.text
        assert "hooks.example.org" in page.text
    assert viewer.get("/alerts/new").status_code == 403
    for path in ("/alerts/new", "/alerts/1", "/alerts/1/test", "/alerts/1/remove"):
        assert viewer.post(path, data=form(viewer)).status_code == 403


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": None}, "name: Field required"),
        ({"label": ""}, "names a class"),
        ({"raise_at": "many"}, "raise_at: "),
        ({"clear_at": "11"}, "or it flaps"),
        ({"latitude": "3"}, "a circle has"),
        ({"url": "http://127.0.0.1/x"}, "never fetched from"),
        ({"url": "http://10.0.0.1/x"}, "is not a public address"),
        ({"url": "http://[::ffff:10.0.0.1]/x"}, "never fetched from"),
        ({"url": "http://hooks.example.org:22/x"}, "port 22"),
        ({"url": "rtsp://hooks.example.org/x"}, "https:// or http://"),
        ({"url": "javascript:alert(1)"}, "a URL begins with"),
        ({"url": "https://me:secret@hooks.example.org/"}, "user name"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(browse, form, changed, said: str) -> None:
    client = browse("operator")
    answer = client.post("/alerts/new", data=form(client, **changed))
    assert answer.status_code == 422
    assert said in answer.text.replace("&#39;", "'")
    assert 'value="60"' in answer.text, "what was typed stays"
    assert "There is no rule yet" in client.get("/alerts").text


def test_what_is_raised_stands_on_the_health_page_and_in_metrics(browse, form, system) -> None:
    client = browse("operator")
    client.post("/alerts/new", data=form(client, name="<b>lights"))
    with system.engine.begin() as connection:
        alerts.write(connection, 1, None, 5, True, 12, "light in <i>12</i> frames")
    page = client.get("/health").text
    assert "1 alert raised" in page
    assert "<b>lights" not in page
    assert "&lt;i&gt;12" in client.get("/alerts").text
    metrics = client.get("/metrics").text
    assert 'counterpoise_alerts_raised{kind="class rate"} 1.0' in metrics
    assert 'counterpoise_alerts_raised{kind="disk"} 0.0' in metrics


def test_the_form_keeps_what_it_does_not_show(browse, form, system) -> None:
    """A rule of one country, made by a program, is not one of all cameras once a form is saved."""
    with system.engine.begin() as connection:
        search = {"country": "<b>Portugal", "words": "pier"}
        fields = alerts.RuleFields(name="far", kind="disk", search=search)
        alerts.add(connection, fields, 1, "me")
    client = browse("operator")
    assert "country &lt;b&gt;Portugal" in client.get("/alerts/1").text
    sent = form(client, kind="disk", raise_at="90", url="", words="")
    assert client.post("/alerts/1", data=sent).status_code == 303
    with system.engine.connect() as connection:
        rule = alerts.rule(connection, 1)
    assert rule is not None
    assert rule.fields.search.model_dump(exclude_defaults=True) == {"country": "<b>Portugal"}


def test_attributes_of_the_form_are_whole(browse) -> None:
    page = browse("operator").get("/alerts/new").text
    assert 'list="classes"' in page
    assert 'type="url"' in page
    assert "&#34;" not in page


def test_a_refused_rule_comes_back_without_the_box_that_was_cleared(browse, form) -> None:
    client = browse("operator")
    refused = client.post("/alerts/new", data=form(client, raise_at="x", is_active=None))
    assert refused.status_code == 422
    assert 'name="is_active" checked' not in refused.text
    assert client.post("/alerts/new", data={"csrf": form(client)["csrf"]}).status_code == 422


def test_a_webhook_to_the_server_itself_is_refused_wherever_it_goes(browse, system) -> None:
    """Its own address may be in a network that was named: what it is sent has no session."""
    from sqlalchemy import func, select

    from counterpoise.service.alerts.webhook import signature
    from counterpoise.service.database.tables import Table

    def rows() -> dict[str, int]:
        with system.engine.connect() as connection:
            return {
                table.name: connection.scalar(select(func.count()).select_from(table))
                for table in Table.metadata.sorted_tables
            }

    client, body = browse(), '{"type": "alert.raised", "data": {"value": 1}}'
    headers = {
        "Content-Type": "application/json", "webhook-id": "msg_1", "webhook-timestamp": "1",
        "webhook-signature": signature("whsec_c2VjcmV0", "msg_1", 1, body),
    }  # fmt: skip
    before, tried = rows(), 0
    routers = [one.original_router for one in client.app.routes if hasattr(one, "original_router")]
    for route in (route for router in routers for route in router.routes):
        if "POST" in route.methods:
            path = re.sub(r"\{[^}]+\}", "1", route.path)
            answer = client.post(path, content=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            tried += 1
    assert tried > 20
    assert rows() == before
    sent = {"name": "admin", "password": "a long password"}
    assert client.post("/login", data=sent).status_code == 303, "nobody is locked out by it"
