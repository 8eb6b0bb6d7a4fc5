"""Rules of each kind, over a real database and a clock that the test sets."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert, update
from sqlalchemy.exc import OperationalError

from counterpoise.service.alerts import watch as module
from counterpoise.service.alerts.drifting import Drifting, Reference
from counterpoise.service.alerts.watch import Watch
from counterpoise.service.database import alerts, batch, deliveries
from counterpoise.service.database.alerts import RuleFields
from counterpoise.service.database.batch import Analysed, Batch
from counterpoise.service.database.search import Search
from counterpoise.service.database.tables import Camera, Model

START = 1_800_000_000  # seconds since 1970


class World:
    """Two cameras, a clock, and a watch over them."""

    def __init__(self, engine, folder) -> None:
        self.engine, self.seconds, self.why = engine, 0.0, ""
        self.reference = Reference(1, ("cat", "dog"), (900, 100))
        with engine.begin() as connection:
            rows = [
                {"id": n, "name": f"camera {n}", "kind": "push", "url": "", "interval": 1,
                 "city": city, "health": "live", "health_since": START * 1_000_000}
                for n, city in ((1, "Lisbon"), (2, "Osaka"))
            ]  # fmt: skip
            connection.execute(insert(Camera), rows)
            model = {"id": 1, "digest": "d", "name": "m", "classes": "[]", "since": 1}
            connection.execute(insert(Model), [model])
        self.folder = folder
        self.watch = self.new()

    def new(self) -> Watch:
        watch = Watch(
            self.engine, self.folder, lambda: self.why, self.now, Drifting(lambda: self.reference),
            lambda: self.seconds,
        )  # fmt: skip
        watch.start()
        watch.stop()  # its thread: the test looks itself
        return watch

    def now(self) -> int:
        return int((START + self.seconds) * 1e6)

    def rule(self, kind: str, **given) -> alerts.Rule:
        with self.engine.begin() as connection:
            return alerts.add(connection, RuleFields(name=kind, kind=kind, **given), 1, "me")

    def see(self, label: str, camera: int = 1, number: int = 1, probability: float = 0.9) -> None:
        one = Analysed(
            camera=camera, model=1, at=self.now(), label=label, probability=probability,
            scores=None, picture=None, width=1, height=1, size=1,
        )  # fmt: skip
        with self.engine.begin() as connection:
            batch.record(connection, Batch(results=[one] * number), self.now())

    def health(self, camera: int, state: str) -> None:
        with self.engine.begin() as connection:
            values = {"health": state, "reason": "dns", "health_since": self.now()}
            connection.execute(update(Camera).where(Camera.id == camera).values(values))

    def look(self, after: float = 5.0) -> list[tuple[int | None, str]]:
        """What is raised after so many seconds."""
        self.seconds += after
        self.watch.look()
        with self.engine.connect() as connection:
            return [(one.camera, one.detail) for one in alerts.raised(connection)]


@pytest.fixture
def world(engine, tmp_path) -> World:
    return World(engine, tmp_path)


def test_a_class_is_seen_and_is_not_seen_any_more(world) -> None:
    world.rule("class seen", label="dog", probability=0.8, quiet=20)
    world.see("cat")
    world.see("dog", probability=0.5)
    assert world.look() == []
    world.see("dog", camera=2)
    assert world.look() == [(2, "dog is seen")]
    for _ in range(3):
        world.see("dog", camera=2)
        assert world.look() == [(2, "dog is seen")], "it is raised once"
    world.look(10)
    assert len(world.look(10)) == 1
    assert world.look(10) == []
    with world.engine.connect() as connection:
        assert [one.is_raised for one in alerts.log(connection)] == [False, True]


def test_cameras_of_a_search_alone(world) -> None:
    world.rule("class seen", label="dog", search=Search(words="Osaka"))
    world.see("dog", camera=1)
    assert world.look() == []
    world.see("dog", camera=2)
    assert [camera for camera, _ in world.look()] == [2]


@pytest.mark.parametrize("search", [Search(), Search(words="camera")])
def test_a_rate_is_raised_and_cleared_at_different_numbers(world, search) -> None:
    world.rule("class rate", label="dog", raise_at=10, clear_at=5, window=60, quiet=0,
               search=search)  # fmt: skip
    world.see("dog", number=6)
    world.see("dog", camera=2, number=3)
    assert world.look() == []
    world.see("dog", camera=2)
    assert world.look() == [(None, "dog in 10 frames of 60 s")]
    world.look(120)
    assert world.look() == []
    world.see("dog", number=8)
    assert world.look() == [], "8 are neither"


def test_a_camera_sends_no_new_frame(world) -> None:
    world.rule("camera offline", raise_at=60, quiet=30)
    world.see("dog", camera=1)
    world.health(1, "back-off")
    assert world.look(59) == []
    ((camera, detail),) = world.look(2)
    assert (camera, detail) == (1, "no new frame for 61 s: its name has no address")
    world.health(1, "live")
    world.see("dog", camera=1)
    assert len(world.look()) == 1
    world.health(1, "degraded")  # flaps: no change
    assert len(world.look(40)) == 1
    world.health(1, "live")
    world.look()
    assert world.look(30) == []


def test_a_camera_that_never_sent_one(world) -> None:
    world.rule("camera offline", raise_at=60)
    world.health(2, "offline")
    assert world.look(59) == []
    assert [camera for camera, _ in world.look(2)] == [2]
    with world.engine.begin() as connection:
        connection.execute(update(Camera).values(is_active=False))
    assert world.look() == [], "nobody waits for it any more"


def test_disk_and_storing(world, monkeypatch) -> None:
    world.rule("disk", raise_at=90, clear_at=80, quiet=0)
    world.rule("storing", hold=10, quiet=10)
    used = 0

    def usage(path):
        return type("U", (), {"total": 100, "free": 100 - used})

    monkeypatch.setattr(module.shutil, "disk_usage", usage)
    for used, expected in ((89, 0), (90, 1), (85, 1), (79, 0), (85, 0)):
        assert len(world.look()) == expected, used
    world.why = "No space left on device"
    assert world.look() == []
    world.look()
    assert world.look() == [(None, "No space left on device")]
    world.why = ""
    world.look()
    assert world.look(10) == []


def test_a_webhook_is_told_in_the_same_transaction(world, monkeypatch) -> None:
    rule = world.rule("class seen", label="dog", url="https://hooks.example.org/a", quiet=0)
    world.see("dog")

    def broken(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    real = deliveries.enqueue
    monkeypatch.setattr(deliveries, "enqueue", broken)
    with pytest.raises(OperationalError):
        world.look()
    with world.engine.connect() as connection:
        assert alerts.raised(connection) == [], "neither is there"
    monkeypatch.setattr(deliveries, "enqueue", real)
    assert world.look() == [(1, "dog is seen")], "and it was not forgotten"
    world.look()
    with world.engine.connect() as connection:
        lines = deliveries.log(connection)
    assert [(line.rule, line.what) for line in lines] == [(rule.id, "cleared"), (rule.id, "raised")]


def test_what_is_raised_stays_so_over_a_restart(world) -> None:
    world.rule("camera offline", raise_at=60, quiet=30)
    world.health(1, "offline")
    assert len(world.look(61)) == 1
    world.watch = world.new()
    assert len(world.look()) == 1
    with world.engine.connect() as connection:
        assert len(alerts.log(connection)) == 1, "it is not raised twice"
    world.health(1, "live")
    world.look()
    assert world.look(30) == []


def test_the_alerts_of_one_rule_are_bounded(world, monkeypatch) -> None:
    monkeypatch.setattr(module, "OPEN", 1)
    world.rule("camera offline", raise_at=60)
    for camera in (1, 2):
        world.health(camera, "offline")
    assert len(world.look(61)) == 1


def test_a_rule_that_is_removed_or_not_watched_has_no_alerts(world) -> None:
    rule = world.rule("storing", quiet=1000)
    world.why = "no room"
    assert len(world.look()) == 1
    with world.engine.begin() as connection:
        other = rule.fields.model_copy(update={"is_active": False})
        alerts.change(connection, rule.id, other, 1, "me")
    assert world.look() == []
    with world.engine.begin() as connection:
        alerts.remove(connection, rule.id, 1, "me")
    assert world.look() == []


def test_a_window_is_as_long_as_it_says(world) -> None:
    """Counts are of minutes; the oldest one counts for as much of it as is in the window."""
    world.seconds = (-START) % 60  # a full minute
    world.rule("class rate", label="dog", raise_at=10, clear_at=5, window=60, quiet=0)
    world.see("dog", number=12)
    assert world.look(1) == [(None, "dog in 12 frames of 60 s")]
    assert len(world.look(58)) == 1
    assert len(world.look(20)) == 1  # some 8 of them
    assert world.look(20) == []  # some 4
    assert world.look(25) == []


def test_a_rule_that_cannot_be_measured_stops_no_other(world, monkeypatch, caplog) -> None:
    """The folder is gone, whose disk one is about: it stays as it is, and is logged once."""

    def gone(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr("counterpoise.service.alerts.watch.shutil.disk_usage", gone)
    world.rule("disk", raise_at=90, clear_at=80)
    world.rule("class seen", label="cat", quiet=0)
    world.see("cat")
    assert world.look() == [(1, "cat is seen")]
    world.look()
    assert caplog.text.count("alerts: rule 1: FileNotFoundError") == 1
