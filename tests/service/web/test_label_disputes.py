"""What people disagree on, and who settles it."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict


@pytest.fixture
def frame(system, pictured) -> int:
    """A frame of which two people say different things."""
    number = pictured[0]
    with system.engine.begin() as connection:
        label_queue.put(connection, [Queued(number, 1, "dark", "rare", "x", False, 1, 1.0)], 1, "t")
        labels.give(connection, number, "<i>ann</i>", Verdict("class", "dark"), 1)
        labels.give(connection, number, "bob", Verdict("class", "light"), 2)
    return number


def test_a_dispute_is_shown_and_decided_by_an_admin(browse, token, system, frame) -> None:
    labeller, admin = browse("labeller"), browse("admin")
    text = labeller.get("/label/disputes").text
    assert "1 frame is disputed" in text
    assert "&lt;i&gt;ann&lt;/i&gt;: dark, bob: light" in text
    assert "Decide" not in text
    assert "&lt;i&gt;ann&lt;/i&gt; and bob" in text
    sent = {"csrf": token(labeller), "say": "class:dark"}
    assert labeller.post(f"/label/{frame}/decide", data=sent).status_code == 403
    assert "Decide" in admin.get("/label/disputes").text
    sent["csrf"] = token(admin)
    assert admin.post(f"/label/{frame}/decide", data={**sent, "say": "skipped"}).status_code == 422
    assert admin.post(f"/label/{frame}/decide", data=sent).status_code == 303
    assert "No frame is disputed" in admin.get("/label/disputes").text
    with system.engine.connect() as connection:
        assert [row.label for row in labels.settled(connection)] == ["dark"]


def test_a_third_person_settles_it(browse, token, system, frame) -> None:
    third = browse("labeller")
    third.post(f"/label/{frame}", data={"csrf": token(third), "say": "class:light"})
    text = third.get("/label/disputes").text
    assert "No frame is disputed" in text
    assert text.count("Kappa") > 2
    with system.engine.connect() as connection:
        assert [row.label for row in labels.settled(connection)] == ["light"]


def test_before_there_are_labels(browse) -> None:
    text = browse("labeller").get("/label/disputes").text
    assert "No two people have labelled the same frame yet" in text
