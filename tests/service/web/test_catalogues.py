"""The page of catalogues, and who may refresh one."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

TOML = """
url = "https://x.example/list.json?key=hunter2"
[fields]
key = "id"
name = "id"
[fixed]
kind = "push"
"""


@pytest.fixture
def harbours(system, monkeypatch) -> None:
    from counterpoise.service.database import catalogue_runs
    from counterpoise.service.database.catalogue_runs import Run

    monkeypatch.setattr(system.catalogues, "refresh", lambda name, catalogue: None)
    with system.engine.begin() as connection:
        run = Run("harbours", 5, 3, 2, 1, 4, detail="item 7: url: <b>no</b>")
        catalogue_runs.keep(connection, run)
        catalogue_runs.keep(connection, Run("harbours", 6, fault="it answers with an error"))
    folder = system.settings.folder / "catalogues"
    folder.mkdir()
    (folder / "harbours.toml").write_text(TOML)
    (folder / "broken.toml").write_text("url = 3")


def test_the_page_says_what_each_did(browse, harbours) -> None:
    said = browse("viewer").get("/catalogues").text
    assert "https://x.example/list.json, every 60 minutes" in said
    assert "hunter2" not in said
    assert "item 7: url: &lt;b&gt;no&lt;/b&gt;" in said
    assert "it answers with an error" in said
    assert "Its file is of no use: url: Input should be a valid string" in said
    assert "Refresh now" not in said


def test_without_one_it_says_what_one_is(browse) -> None:
    client = browse("viewer")
    assert "There is no catalogue" in client.get("/catalogues").text
    assert client.get("/api/catalogues").json() == []


def test_programs_see_and_ask(browse, harbours, token, system) -> None:
    client = browse("operator")
    broken, good = client.get("/api/catalogues").json()
    assert (broken["name"], broken["refresh_minutes"], broken["runs"]) == ("broken", None, [])
    assert good["address"] == "https://x.example/list.json"
    assert [run["added"] for run in good["runs"]] == [0, 3]
    asked: list[str] = []
    system.catalogues.ask = asked.append
    header = {"X-CSRF-Token": token(client)}
    assert client.post("/api/catalogues/harbours/refresh", headers=header).status_code == 202
    assert client.post("/api/catalogues/broken/refresh", headers=header).status_code == 404
    sent = {"csrf": token(client)}
    assert client.post("/catalogues/harbours/refresh", data=sent).status_code == 303
    assert asked == ["harbours", "harbours"]
    assert "Refresh now" in client.get("/catalogues").text


def test_who_may(browse, harbours, token) -> None:
    viewer = browse("viewer")
    header = {"X-CSRF-Token": token(viewer)}
    assert viewer.post("/api/catalogues/harbours/refresh", headers=header).status_code == 403
    assert browse("operator").post("/catalogues/harbours/refresh").status_code == 403


def test_how_one_is_made_is_shown_to_those_who_may(browse, system) -> None:
    said = browse("operator").get("/catalogues").text
    assert "There is no catalogue yet" in said
    assert str(system.settings.folder / "catalogues") in said
    assert said.count("refresh_minutes = 60") == 3
    assert "refresh_minutes" not in browse("viewer").get("/catalogues").text
