"""Candidates on their pages: who may, what is said, and that text of strangers is escaped."""

import re
from types import SimpleNamespace

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.errors import ArgumentError
from counterpoise.service.database import candidates, model_choices
from counterpoise.service.database.tables import AuditEntry
from counterpoise.service.promotion.travelling import UnreachableError
from counterpoise.service.web import candidates as module

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def system(serving):
    return serving


def post(client, secret: str, path: str, **fields):
    return client.post(f"/models{path}", data={"csrf": secret, **fields})


def text_of(client) -> str:
    return client.get("/models/candidates").text


def test_from_a_folder_to_a_promotion_and_back(
    browse, token, exported, system, push, wait_for_shadow
) -> None:
    client = browse("admin")
    secret = token(client)
    assert "There is no candidate." in client.get("/models/candidates").text
    folder = exported("second", 0.3)
    answer = post(client, secret, "/candidates", folder=str(folder), name="<b>two</b>")
    assert answer.status_code == 303
    place = answer.headers["location"]
    text = client.get(place).text
    assert "&lt;b&gt;two&lt;/b&gt;" in text
    assert "It saw no frames yet" in text
    assert "No frame that was drawn at random has a label yet" in text
    path = place.removeprefix("/models")
    assert post(client, secret, f"{path}/shadow").status_code == 303
    assert system.worker.shadowing.shown is not None
    push(6)
    wait_for_shadow(4)
    assert post(client, secret, f"{path}/stop").status_code == 303
    text = client.get(place).text
    assert "frames it says what the running model says" in text
    assert "/picture?result=" in text, "a frame on which they differ"
    assert "1 model may take" in client.get("/models").text
    assert post(client, secret, f"{path}/promote").status_code == 303
    assert system.name == "<b>two</b>"
    assert "It is the model that runs." in client.get(place).text
    form = re.search(r'action="/models/rollback".*?name="running" value="(\d+)"', text_of(client))
    assert post(client, secret, "/rollback", running=form[1]).status_code == 303
    assert system.name == "first"
    again = post(client, secret, "/rollback", running=form[1])
    assert (again.status_code, system.name) == (422, "first"), "a second click goes not back"
    assert "no longer runs" in again.text
    text = client.get("/models/candidates").text
    assert "rolled back from &lt;b&gt;two&lt;/b&gt;" in text
    assert post(client, secret, f"{path}/remove").status_code == 303
    assert client.get(place).status_code == 404
    with system.engine.connect() as connection:
        said = list(connection.scalars(select(AuditEntry.what).where(AuditEntry.who == "admin")))
    assert [what for what in said if what.startswith("model")] == [
        "model added", "model shadowed", "model not shadowed", "model promoted",
        "model rolled back", "model removed",
    ]  # fmt: skip


def test_what_is_refused_is_said_on_the_page(browse, token, exported, tmp_path) -> None:
    client = browse("admin")
    secret = token(client)
    for folder, said in (
        ("here", "by its whole path on the server"),
        (str(tmp_path / "none"), "cannot read"),
        (str(exported("third", 0.3, order=(1, 2))), "lacks “dark”"),
    ):
        answer = post(client, secret, "/candidates", folder=folder)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{folder}"' in answer.text, "what was typed is there still"
    assert "no other model ran before" in post(client, secret, "/rollback").text
    assert post(client, secret, "/candidates/99/promote").status_code == 404


def test_only_admins_change_and_forms_are_ours(browse, token, exported, system) -> None:
    from counterpoise.service.promotion import promoting

    folder = exported("second", 0.3)
    number = promoting.add(system.engine, system.settings.folder, folder, "kim", 5)
    for role in ("viewer", "labeller", "operator"):
        client = browse(role)
        secret = token(client)
        text = client.get(f"/models/candidates/{number}").text
        assert "Promote: run it" not in text
        for path in ("/candidates", f"/candidates/{number}/promote", "/rollback"):
            assert post(client, secret, path, folder="/x").status_code == 403
    admin = browse("admin")
    assert "Promote: run it in place of first" in admin.get(f"/models/candidates/{number}").text
    assert post(admin, "forged", f"/candidates/{number}/promote").status_code == 403
    assert system.name == "first"


def test_the_rule_is_asked_for_and_a_broken_one_is_said(browse, token, exported, system) -> None:
    from counterpoise.service.promotion import promoting

    folder = exported("second", 0.3)
    number = promoting.add(system.engine, system.settings.folder, folder, "kim", 5)
    client = browse("admin")
    secret = token(client)
    assert post(client, secret, f"/candidates/{number}/shadow", by_rule="on").status_code == 303
    text = client.get(f"/models/candidates/{number}").text
    assert "promoted by itself as soon as the rule holds" in text
    assert "The rule waits for 10 labelled random frames of each class" in text
    with system.engine.begin() as connection:
        candidates.broke(connection, number, "<i>a bad node</i>", 9)
    text = client.get(f"/models/candidates/{number}").text
    assert "It cannot be run, and the model that runs goes on: &lt;i&gt;a bad" in text
    answer = post(client, secret, f"/candidates/{number}/promote")
    assert answer.status_code == 422
    assert "Nothing was changed. candidate" in answer.text


def test_an_estimate_as_a_person_reads_it() -> None:
    one = module.Estimate(0.5, 0.25, 0.75)
    assert module._between(one) == "50.0 % (25.0 % to 75.0 %)"
    assert module._between(one, True) == "+50.0 (+25.0 to +75.0)"
    assert module._between(None) == ""


def test_models_that_are_as_good_are_not_called_worse() -> None:
    same = module.Estimate(0.0, -0.3, 0.3)
    candidate = SimpleNamespace(fault="")
    judged = SimpleNamespace(balanced=(1.0, 1.0, same), number=5)
    text = module.said(SimpleNamespace(candidate=candidate, runs=False, judged=judged))
    assert text.endswith("100 %: no difference in points, between -30.0 and +30.0.")


def test_labelled_frames_judge_it_on_its_page(browse, exported, system, record_seen) -> None:
    from counterpoise.service.database import label_queue, labels, results
    from counterpoise.service.database.label_queue import Queued
    from counterpoise.service.promotion import promoting

    record_seen([20, 110] * 12)
    folder = exported("second", 0.3)
    number = promoting.add(system.engine, system.settings.folder, folder, "kim", 5)
    with system.engine.begin() as connection:
        seen = results.latest(connection, 1, 24)
        queued = [Queued(one.id, 1, one.label, "random", "drawn", True, 1, 0.0) for one in seen]
        label_queue.put(connection, queued, 5, "kim")
        for one in seen:
            truth = "light" if one.shares["light"] > 0.25 else "dark"
            labels.give(connection, one.id, "kim", labels.Verdict("class", truth), 6)
        model = candidates.one(connection, number).model
        rows = [
            {"result_id": one.id, "probability": 0.75, "scores": b"\0\0\x80>\0\0\x40?",
             "label": "light" if one.shares["light"] > 0.25 else "dark"}
            for one in seen
        ]  # fmt: skip
        candidates.examine(connection, model, rows)
    client = browse("viewer")
    text = client.get(f"/models/candidates/{number}").text
    assert "On 24 labelled frames its balanced accuracy is 100 %, that of the running model" in text
    assert "better by 50.0 points" in text
    assert "Probabilities are off by" in text
    assert "better in balanced accuracy: the rule promotes it." in text
    found = client.get(f"/api/models/candidates/{number}").json()
    assert found["rule_holds"]
    assert [one["number"] for one in found["recalls"]] == [12, 12]
    assert found["candidate_calibration"]["number"] == 24


def test_one_that_is_awaited_is_not_said_to_run(browse, system, exported, monkeypatch) -> None:
    number = module.added(system, str(exported("second", 0.3)), "", "kim")

    def away(digest: str):
        raise UnreachableError("the store does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(system.following._copies, "get", away)
        module.promoted(system, number, "kim")
        page = f"/models/candidates/{number}"
        client = browse("viewer")
        assert '<td data-title="State">awaited<' in text_of(client)
        assert "It is chosen, and runs as soon as its copy is here" in client.get(page).text
    system.following._patience.forget()
    system.following.sync()
    assert '<td data-title="State">runs<' in text_of(client)
    assert "It is the model that runs." in client.get(page).text


def test_one_that_was_promoted_a_moment_ago_is_not_shadowed(system, exported, in_turn) -> None:
    number = module.added(system, str(exported("second", 0.3)), "", "kim")

    def promoted(connection) -> None:
        model = candidates.one(connection, number).model
        model_choices.choose(connection, 9, "lee", "better", model, 1)

    with pytest.raises(ArgumentError, match="second runs already"):
        in_turn(system.engine, promoted, lambda: module.shadowed(system, number, False, "kim"))
