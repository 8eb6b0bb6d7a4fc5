"""Results and their totals, as pages ask for them."""

import numpy as np
import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert

from counterpoise.service.database import results
from counterpoise.service.database.batch import Analysed
from counterpoise.service.database.recorder import Recorder
from counterpoise.service.database.tables import Camera

MICROSECONDS = 1_000_000


@pytest.fixture
def filled(engine):
    """Two cameras: the first saw a, b and a at 30, 90 and 3700 s, the second b at 90 s."""
    with engine.begin() as connection:
        for number in (1, 2):
            values = {"id": number, "name": "x", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
    recorder = Recorder(engine, lambda: 5)
    recorder.start()
    model = recorder.model("d", "m", ["a", "b"])
    for camera, at, label in ((1, 30, "a"), (1, 90, "b"), (1, 3700, "a"), (2, 90, "b")):
        shares = np.array([0.75, 0.25] if label == "a" else [0.125, 0.875], "<f4").tobytes()
        recorder.analysed(
            [Analysed(camera, model, at * MICROSECONDS, label, None, shares, f"{at}.jpg", 1, 1, 1)]
        )
    recorder.stop()
    return engine


@pytest.mark.parametrize(
    ("camera", "seconds", "expected"),
    [
        (1, 3600, {"a": [1, 1], "b": [1, 0]}),
        (None, 3600, {"a": [1, 1], "b": [2, 0]}),
        (2, 86400, {"b": [1]}),
    ],
)
def test_history_counts_each_period(filled, camera, seconds, expected) -> None:
    with filled.connect() as connection:
        times, counts = results.history(connection, camera, seconds, 0, 7200)
    assert times == list(range(0, 7200, seconds))
    assert counts == expected


def test_minutes_begin_where_they_begin(filled) -> None:
    with filled.connect() as connection:
        times, counts = results.history(connection, 1, 60, 45, 121)
    assert (times, counts) == ([0, 60, 120], {"a": [1, 0, 0], "b": [0, 1, 0]})


def test_the_newest_come_first_with_their_largest_share_first(filled) -> None:
    with filled.connect() as connection:
        found = results.latest(connection, 1)
        older = results.latest(connection, 1, before=90 * MICROSECONDS)
        only = results.latest(connection, 1, most=1)
    assert [seen.at // MICROSECONDS for seen in found] == [3700, 90, 30]
    assert list(found[1].shares.items()) == [("b", 0.875), ("a", 0.125)]
    assert [seen.at // MICROSECONDS for seen in older] == [30]
    assert only == found[:1]


def test_a_picture_is_that_of_the_camera_s_own_result(filled) -> None:
    with filled.connect() as connection:
        first = results.latest(connection, 1)[0]
        assert results.picture_of(connection, 1) == "3700.jpg"
        assert results.picture_of(connection, 1, first.id) == "3700.jpg"
        assert results.picture_of(connection, 2, first.id) is None
