"""What a process stored and never recorded goes, and no picture that somebody has."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert

from counterpoise.service.database import reports, shards
from counterpoise.service.database.reports import Numbers
from counterpoise.service.database.shards import Process, shard_of
from counterpoise.service.database.tables import Camera, Model, Result
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources.sweeping import BEFORE, HOUR, SECOND, SETTLED, Sweeping

DIED = 1_800_000_000_000_000 // HOUR * HOUR + 30 * SECOND  # so that hours differ around it
JPEG = b"\xff\xd8\xff\xe0"


class World:
    """Two cameras, of which a process that died had the first."""

    def __init__(self, engine, pictures: PictureStore) -> None:
        self.engine, self.pictures, self.now = engine, pictures, DIED
        with engine.begin() as connection:
            model = {"id": 1, "digest": "d", "name": "m", "classes": "[]", "since": 1}
            connection.execute(insert(Model), [model])
            for number in (1, 2):
                row = {"id": number, "name": "", "kind": "snapshot", "url": "", "interval": 1}
                connection.execute(insert(Camera), [row])
            me = shards.join(connection, "host:1", "worker", 1)
            self.process = Process(me, "host:1", "worker", 1, 0, DIED)
            held = [shard_of(1, sends=False)]
            reports.tell(connection, self.process, held, DIED, Numbers())

    def die(self) -> None:
        with self.engine.begin() as connection:
            reports.died(connection, [self.process], DIED + SECOND)

    def store(self, camera: int, at: int) -> str:
        key = self.pictures.put(camera, at, JPEG)
        assert key is not None
        return key

    def name(self, key: str) -> None:
        camera, at = int(key.partition("/")[0]), int(key.rpartition("/")[2].partition(".")[0])
        row = {
            "camera_id": camera, "model_id": 1, "at": at, "recorded": at, "label": "a",
            "picture": key, "width": 1, "height": 1, "size": 1,
        }  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(Result), [row])

    def there(self, *keys: str) -> list[bool]:
        return [self.pictures.get(key) is not None for key in keys]


@pytest.fixture(params=["file", "memory"])
def world(request, engine, tmp_path) -> World:
    url = (tmp_path / "p").as_uri() if request.param == "file" else f"memory:/{tmp_path}"
    return World(engine, PictureStore(url))


def test_pictures_of_a_killed_process_that_no_result_names_go(world) -> None:
    named, orphan = world.store(1, DIED - SECOND), world.store(1, DIED + SECOND // 2)
    earlier = world.store(1, DIED - 120 * SECOND)  # of the hour before
    others = world.store(2, DIED)
    long_ago = world.store(1, DIED - BEFORE - SECOND)
    world.name(named)
    sweeping = Sweeping(world.engine, world.pictures, lambda: world.now)
    world.now += SETTLED * 2
    sweeping.look()
    sweeping.look()
    assert sweeping.removed == 0, "it lives"
    world.die()
    sweeping.look()
    assert world.there(orphan, earlier) == [True, True], "two looks have to find it so"
    sweeping.look()
    assert world.there(named, orphan, earlier, others, long_ago) == [
        True, False, False, True, True,
    ]  # fmt: skip
    assert sweeping.removed == 2
    later = world.store(1, DIED + SECOND)
    for _ in range(3):
        sweeping.look()
    assert world.there(later) == [True], "it is done with"


def test_nothing_is_looked_for_before_all_that_is_under_way_is_recorded(world) -> None:
    world.die()
    orphan = world.store(1, DIED)
    sweeping = Sweeping(world.engine, world.pictures, lambda: world.now)
    for later, is_there in ((SETTLED - SECOND, True), (SETTLED, True), (SETTLED, False)):
        world.now = DIED + later
        sweeping.look()
        assert world.there(orphan) == [is_there]


def test_one_that_is_recorded_between_the_looks_stays_and_so_does_a_new_one(world) -> None:
    """The process that has the cameras now was behind, as the database was away."""
    world.die()
    late = world.store(1, DIED)
    sweeping = Sweeping(world.engine, world.pictures, lambda: world.now)
    world.now += SETTLED
    new = world.store(1, world.now + SECOND)
    sweeping.look()
    world.name(late)
    sweeping.look()
    assert world.there(late, new) == [True, True]


def test_a_store_that_cannot_be_listed_removes_nothing(engine, tmp_path) -> None:
    world = World(engine, PictureStore((tmp_path / "p").as_uri()))
    world.die()
    key = world.store(1, DIED)
    (tmp_path / "p").rename(tmp_path / "elsewhere")
    sweeping = Sweeping(engine, world.pictures, lambda: DIED + SETTLED)
    sweeping.look()
    (tmp_path / "elsewhere").rename(tmp_path / "p")
    sweeping.look()
    assert world.there(key) == [True]


def test_pictures_of_a_removed_camera_go_though_another_has_its_number(world) -> None:
    before = [world.store(1, DIED - days * 24 * HOUR) for days in range(3)]
    first = world.store(1, DIED + SECOND)
    world.name(first)
    other = world.store(2, DIED)
    world.now = DIED + 2 * SECOND
    sweeping = Sweeping(world.engine, world.pictures, lambda: world.now)
    sweeping.reused(1)
    waiting = world.store(1, DIED + 3 * SECOND)  # its result is on its way
    sweeping.look()
    assert world.there(*before, first, other, waiting) == [True] * 6, "they may be, too"
    world.now += SETTLED
    sweeping.look()
    assert world.there(*before, first, other, waiting) == [False] * 3 + [True] * 3
    assert sweeping.removed == 3
