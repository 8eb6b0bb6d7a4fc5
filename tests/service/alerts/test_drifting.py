"""Drift is looked at once a minute, by camera, and raised only beyond chance."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")
pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

from sqlalchemy import insert

from counterpoise.service.alerts.drifting import Drifting, Reference, reference_of
from counterpoise.service.alerts.watch import SAY, Watch
from counterpoise.service.database import alerts
from counterpoise.service.database.alerts import RuleFields
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.tables import Camera, Model

START = 1_800_000_000  # seconds since 1970, the begin of an hour
TRAINED = Reference(1, ("cat", "dog"), (900, 100))


def see(engine, camera: int, dogs: int, cats: int, model: int = 1, hours: int = 5) -> None:
    """So many in each of the last hours."""
    results = [
        Analysed(
            camera, model, (START - 60 - 3600 * hour) * 1_000_000, label, 0.9, None, None, 1, 1, 1
        )
        for hour in range(hours)
        for label in ["dog"] * dogs + ["cat"] * cats
    ]
    with engine.begin() as connection:
        record(connection, Batch(results=results), START)


@pytest.fixture
def cameras(engine):
    with engine.begin() as connection:
        for number in (1, 2, 3):
            values = {"id": number, "name": f"c{number}", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
        for number in (1, 2):
            values = {"id": number, "digest": str(number), "name": "m", "classes": "[]", "since": 1}
            connection.execute(insert(Model).values(values))
    see(engine, 1, dogs=8, cats=12)
    see(engine, 2, dogs=2, cats=18)
    see(engine, 3, dogs=9, cats=0, hours=1)


def test_each_camera_on_its_own(engine, cameras) -> None:
    drifting = Drifting(lambda: TRAINED)
    with engine.connect() as connection:
        found = dict(drifting.measured(connection, 1, None, START, 0.0))
        assert sorted(found) == [1, 2], "of one hour nothing can be said"
        assert found[1].is_more_than_chance
        assert found[1].index > 0.25 > found[2].index
        assert dict(drifting.measured(connection, 2, frozenset({2, 9}), START, 0.0)).keys() == {2}


def test_it_is_kept_for_a_minute_unless_the_model_changes(engine, cameras) -> None:
    reference: Reference | None = TRAINED
    drifting = Drifting(lambda: reference)
    with engine.connect() as connection:
        first = drifting.measured(connection, 1, None, START, 0.0)
    see(engine, 2, dogs=50, cats=0)
    with engine.connect() as connection:
        assert drifting.measured(connection, 1, None, START, 59.0) is first
        assert dict(drifting.measured(connection, 1, None, START, 60.0))[2].index > 0.25
        reference = Reference(2, ("cat", "dog"), (900, 100))
        assert drifting.measured(connection, 1, None, START, 61.0) == []
        reference = None
        assert drifting.measured(connection, 1, None, START, 62.0) == []


def test_a_rule_raises_and_clears_it(engine, cameras, tmp_path) -> None:
    seconds = 0.0
    watch = Watch(
        engine, tmp_path, str, lambda: int((START + seconds) * 1e6), Drifting(lambda: TRAINED),
        lambda: seconds,
    )  # fmt: skip
    with engine.begin() as connection:
        fields = RuleFields(name="drift", kind="drift", quiet=0)
        assert (fields.raise_at, fields.clear_at) == (0.25, 0.2)
        alerts.add(connection, fields, 1, "me")
    watch.look()
    with engine.connect() as connection:
        (one,) = alerts.raised(connection)
    assert one.camera == 1
    assert one.detail.startswith("“dog” is 40% of 100 frames in the last 24 hours, 10% in training")
    see(engine, 1, dogs=0, cats=60)
    seconds = 30.0
    watch.look()
    with engine.connect() as connection:
        assert len(alerts.raised(connection)) == 1, "what was measured is kept"
    seconds = 61.0
    watch.look()
    with engine.connect() as connection:
        assert alerts.raised(connection) == []


def test_an_alert_says_how_far_features_have_moved_while_there_is_time(
    engine, cameras, tmp_path
) -> None:
    """Of many cameras that drift at once the rest is raised without it."""
    see(engine, 2, dogs=50, cats=0)
    seconds, asked = 0.0, []

    def shifted(camera: int) -> str:
        nonlocal seconds
        seconds += SAY
        asked.append(camera)
        return f"pictures of {camera} were read"

    watch = Watch(
        engine, tmp_path, str, lambda: int((START + seconds) * 1e6), Drifting(lambda: TRAINED),
        lambda: seconds, shifted,
    )  # fmt: skip
    with engine.begin() as connection:
        alerts.add(connection, RuleFields(name="drift", kind="drift", quiet=0), 1, "me")
    watch.look()
    with engine.connect() as connection:
        said = {one.camera: one.detail for one in alerts.raised(connection)}
    assert said.keys() == {1, 2}
    (first,) = asked
    assert said[first].endswith(f"; pictures of {first} were read")
    assert "were read" not in said[3 - first]


def test_a_model_that_does_not_say_what_it_was_trained_with(stub) -> None:
    assert reference_of(stub, 1) is None
