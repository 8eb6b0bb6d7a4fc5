"""What happened since a row, by kind, camera and class."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import delete, insert

from counterpoise.service.database import events
from counterpoise.service.database.events import Cursor, Wanted, newest, since
from counterpoise.service.database.tables import Camera, HealthChange, Model, Result

RESULT = {
    "model_id": 1, "recorded": 1, "probability": 0.5, "scores": None, "width": 1, "height": 1,
    "size": 1, "picture": None,
}  # fmt: skip


@pytest.fixture
def filled(engine):
    """Two cameras with three results each, a change of health of one of them."""
    with engine.begin() as connection:
        rows = [{"id": n, "name": "c", "kind": "push", "url": "", "interval": 1} for n in (1, 2)]
        connection.execute(insert(Camera), rows)
        model = {"id": 1, "digest": "d", "name": "m", "classes": "[]", "since": 1}
        connection.execute(insert(Model), [model])
        rows = [RESULT | {"camera_id": 1 + n % 2, "at": n, "label": "ab"[n // 3]} for n in range(6)]
        connection.execute(insert(Result), rows)
        connection.execute(
            insert(HealthChange), [{"camera_id": 2, "at": 9, "state": "live", "reason": "",
                                    "detail": ""}]
        )  # fmt: skip
    with engine.connect() as connection:
        yield connection


def ids(found: list) -> list[str]:
    return [str(event.id) for event in found]


def test_each_event_is_the_cursor_after_it(filled) -> None:
    found, last = since(filled, Cursor(0, 0, 0), Wanted(), 100)
    assert ids(found) == [*(f"r{n}-h0-a0" for n in range(1, 7)), "r6-h1-a0"]
    assert last == newest(filled) == Cursor.read("r6-h1-a0")
    for i, event in enumerate(found):
        rest, _ = since(filled, event.id, Wanted(), 100)
        assert ids(rest) == ids(found)[i + 1 :]
    assert found[0].data == {
        "id": 1, "camera": 1, "at": 0, "label": "a", "probability": 0.5, "picture": None,
    }  # fmt: skip
    assert found[-1].data == {"camera": 2, "at": 9, "state": "live", "reason": ""}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(cameras=[1]), ["r1-h0-a0", "r3-h0-a0", "r5-h0-a0"]),
        (Wanted(cameras=[2], kinds=["health"]), ["r6-h1-a0"]),
        (Wanted(labels=["b"], kinds=["result"]), ["r4-h0-a0", "r5-h0-a0", "r6-h0-a0"]),
        (Wanted(labels=["c"], cameras=[1]), []),
    ],
)
def test_filters(filled, wanted: Wanted, expected: list[str]) -> None:
    found, last = since(filled, Cursor(0, 0, 0), wanted, 100)
    assert ids(found) == expected
    assert since(filled, last, wanted, 100)[0] == []


def test_many_come_in_parts(filled) -> None:
    cursor, found = Cursor(0, 0, 0), []
    for _ in range(4):
        some, cursor = since(filled, cursor, Wanted(), 2)
        found += some
    assert [event.id.result for event in found if event.kind == "result"] == [1, 2, 3, 4, 5, 6]


def test_who_is_far_behind_is_told_how_far(filled, monkeypatch) -> None:
    monkeypatch.setattr(events, "FAR", 2)
    found, _ = since(filled, Cursor(1, 0, 0), Wanted(), 100)
    assert (found[0].kind, found[0].data) == ("gap", {"rows": 3})
    assert ids(found[1:]) == ["r5-h0-a0", "r6-h0-a0", "r6-h1-a0"]


def test_numbers_that_are_given_again_are_followed(engine, filled) -> None:
    with engine.begin() as connection:
        connection.execute(delete(Result).where(Result.id > 2))
    with engine.connect() as connection:
        _, cursor = since(connection, Cursor(6, 1, 0), Wanted(), 100)
        assert cursor.result == 2


@pytest.mark.parametrize("text", ["", "r1", "r1-h2-a", "r-1-h2", "r1-h2-a" + "9" * 19, "rx-hy"])
def test_what_is_no_cursor(text: str) -> None:
    assert Cursor.read(text) is None
