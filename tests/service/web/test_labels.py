"""The page on which people label: forms, its script's requests, and who may."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import select

from counterpoise.service.database import labels
from counterpoise.service.database.label_tables import LabelFrame


@pytest.fixture
def labeller(browse, system, pictured):
    """Somebody who labels, with a queue of twenty frames."""
    system.labelling.filler.fill()
    return browse("labeller")


def shown(text: str) -> int:
    match = re.search(r'data-frame="(\d+)"', text)
    assert match is not None
    return int(match[1])


def test_a_frame_is_labelled_without_a_script(labeller, token, system) -> None:
    text = labeller.get("/label").text
    frame = shown(text)
    assert "<kbd>1</kbd> dark" in text
    assert "<kbd>2</kbd> light" in text
    assert "not any of these" in text
    assert "<b>Quay" not in text
    csrf = token(labeller)
    answer = labeller.post(f"/label/{frame}", data={"csrf": csrf, "say": "class:dark"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/label")
    with system.engine.connect() as connection:
        said = labels.of_frames(connection, [frame])[frame]
    assert [(who, verdict.words) for who, verdict in said] == [("labeller", "dark")]
    after = labeller.get("/label").text
    assert shown(after) != frame
    assert '<span id="mine">1</span>' in after


def test_a_label_is_taken_back_and_its_frame_shown_again(labeller, token) -> None:
    csrf, frame = token(labeller), shown(labeller.get("/label").text)
    labeller.post(f"/label/{frame}", data={"csrf": csrf, "say": "bad"})
    answer = labeller.post("/label/undo", data={"csrf": csrf})
    assert answer.headers["location"] == f"/label?frame={frame}"
    assert shown(labeller.get(answer.headers["location"]).text) == frame
    assert labeller.post("/label/undo", data={"csrf": csrf}).headers["location"] == "/label"


def test_the_script_gets_frames_ahead_and_labels_them(labeller, token, system) -> None:
    csrf = token(labeller)
    ahead = labeller.get("/label/next.json").json()
    assert len(ahead) == 12
    assert labeller.get(ahead[0]["picture"]).headers["content-type"] == "image/jpeg"
    number = ahead[0]["result"]
    with system.engine.connect() as connection:
        query = select(LabelFrame.needed).where(LabelFrame.result_id == number)
        needed = connection.scalar(query)
    address = f"/label/{number}/said.json"
    said = labeller.post(address, data={"csrf": csrf, "say": "class:light"}).json()
    assert said == {"state": "settled" if needed == 1 else "open"}
    assert number not in [one["result"] for one in labeller.get("/label/next.json").json()]
    assert labeller.post("/label/undo.json", data={"csrf": csrf}).json()["result"] == number
    assert labeller.post("/label/undo.json", data={"csrf": csrf}).json() is None


def test_two_people_have_different_frames_before_them(labeller, browse) -> None:
    mine = {one["result"] for one in labeller.get("/label/next.json").json()}
    theirs = {one["result"] for one in browse("operator").get("/label/next.json").json()}
    assert theirs
    assert not mine & theirs


def test_another_persons_label_that_differs_is_a_dispute(labeller, browse, token, system) -> None:
    other, frame = browse("operator"), shown(labeller.get("/label").text)
    labeller.post(f"/label/{frame}", data={"csrf": token(labeller), "say": "class:dark"})
    address = f"/label/{frame}/said.json"
    said = other.post(address, data={"csrf": token(other), "say": "class:light"}).json()
    assert said == {"state": "disputed"}
    third = browse("admin")
    text = third.get("/label").text
    assert shown(text) == frame, "what is disputed comes first"
    assert "Others disagree on this frame" in text


@pytest.mark.parametrize("say", ["class:cow", "", "maybe"])
def test_what_is_no_label_is_refused(labeller, token, say) -> None:
    frame = shown(labeller.get("/label").text)
    sent = {"csrf": token(labeller), "say": say}
    assert labeller.post(f"/label/{frame}", data=sent).status_code == 422
    answer = labeller.post(f"/label/{frame}/said.json", data=sent)
    assert answer.status_code == 422
    assert "with one of the classes" in answer.json()["detail"]
    assert labeller.post("/label/9", data={**sent, "say": "bad"}).status_code == 422


def test_who_may(browse, system, pictured) -> None:
    viewer = browse("viewer")
    for address in ("/label", "/label/next.json", "/label/grid", "/label/disputes", "/label/files"):
        assert viewer.get(address).status_code == 403
        assert browse("labeller").get(address).status_code == 200
    assert 'href="/label"' not in viewer.get("/").text
    assert 'href="/label"' in browse("labeller").get("/").text


def test_nothing_to_label_is_said(browse, system) -> None:
    system.labelling.filler.fill()
    text = browse("labeller").get("/label").text
    assert "Nothing waits to be labelled." in text
    assert "No further frame can be asked about" in text


def test_a_program_without_classes_has_nothing_to_choose_from(browse, system) -> None:
    system.model.classes = ()
    assert "declares no classes" in browse("labeller").get("/label").text


def test_a_class_whose_name_is_a_key_has_that_key(browse, system) -> None:
    from counterpoise.service.web.labels import keys

    system.model.classes = ("0", "1", "cat", "s", "x" * 3)
    assert keys(system) == [("0", "0"), ("1", "1"), ("2", "cat"), ("3", "s"), ("4", "xxx")]
    system.model.classes = tuple(f"class {n}" for n in range(40))
    found = [key for key, _ in keys(system)]
    assert len(set(found) - {""}) == 32
    assert found[32:] == [""] * 8
