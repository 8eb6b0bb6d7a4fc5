"""Twenty-four frames at a time."""

import re

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.database import label_counts, labels


@pytest.fixture
def labeller(browse, system, pictured):
    system.labelling.filler.fill()
    return browse("labeller")


def frames_of(text: str) -> list[str]:
    return re.findall(r'name="frame-(\d+)"', text)


def test_all_that_are_not_marked_are_of_the_class(labeller, token, system) -> None:
    text = labeller.get("/label/grid?label=dark").text
    found = frames_of(text)
    assert 1 < len(found) <= 24
    assert "&lt;b&gt;Quay" in text
    sent = {"csrf": token(labeller), "label": "dark", "do": "rest", f"marked-{found[0]}": "on"}
    sent |= {f"frame-{frame}": "1" for frame in found}
    answer = labeller.post("/label/grid", data=sent)
    assert answer.headers["location"] == f"/label/grid?label=dark&done={len(found) - 1}"
    with system.engine.connect() as connection:
        said = labels.of_frames(connection, [int(frame) for frame in found])
    assert said[int(found[0])] == []
    assert all(said[int(frame)][0][1].label == "dark" for frame in found[1:])
    assert frames_of(labeller.get(answer.headers["location"]).text) == [found[0]]


def test_the_marked_ones_are_something_else(labeller, token, system) -> None:
    found = frames_of(labeller.get("/label/grid?label=dark").text)
    sent = {"csrf": token(labeller), "label": "dark", "do": "marked", f"marked-{found[0]}": "on"}
    sent |= {f"frame-{frame}": "1" for frame in found} | {"say": "class:light"}
    assert labeller.post("/label/grid", data=sent).status_code == 303
    with system.engine.connect() as connection:
        said = labels.of_frames(connection, [int(frame) for frame in found])
    assert said[int(found[0])][0][1].label == "light"
    assert not any(said[int(frame)] for frame in found[1:])


def test_what_is_wrong_writes_nothing(labeller, token, system) -> None:
    csrf, found = token(labeller), frames_of(labeller.get("/label/grid").text)
    for other in ({"label": "cow"}, {"label": "dark", "frame-99999": "1"}):
        sent = {"csrf": csrf, "do": "rest", f"frame-{found[0]}": "1", **other}
        assert labeller.post("/label/grid", data=sent).status_code == 422
    with system.engine.connect() as connection:
        assert label_counts.by_person(connection) == []


def test_a_class_without_frames_says_so(browse, system) -> None:
    assert "waits for you" in browse("labeller").get("/label/grid?label=%3Cb%3E").text
