"""What is too old or too much is removed, the rarest class last, and nothing that is newer."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import OperationalError

from counterpoise.service.database import cameras, label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Camera, Model, Result, Total
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.resources import kept, retention
from counterpoise.service.resources.kept import shares
from counterpoise.service.resources.retention import DAY, Limits, Retention
from counterpoise.service.resources.sweeping import SETTLED

START = 1_800_000_000_000_000
SIZE = 100
PICTURE = b"\xff\xd8\xff" + bytes(SIZE - 3)


class World:
    """A camera, a store, and results of any class and day."""

    def __init__(self, engine, folder) -> None:
        self.engine, self.now = engine, START
        self.pictures = PictureStore(folder.as_uri())
        with engine.begin() as connection:
            row = {"id": 1, "name": "c", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera), [row])
            model = {"id": 1, "digest": "d", "name": "m", "classes": "[]", "since": 1}
            connection.execute(insert(Model), [model])

    def see(self, label: str, day: float = 0.0, number: int = 1) -> None:
        rows = []
        for _ in range(number):
            self.now += 1
            at = self.now + int(day * DAY)
            rows.append({
                "camera_id": 1, "model_id": 1, "at": at, "recorded": at, "label": label,
                "picture": self.pictures.put(1, at, PICTURE), "width": 1, "height": 1,
                "size": SIZE,
            })  # fmt: skip
        with self.engine.begin() as connection:
            connection.execute(insert(Result), rows)
            last = {"last_picture": rows[-1]["picture"]}
            connection.execute(update(Camera).values(last))

    def keep(self, **limits) -> Retention:
        made = Retention(self.engine, self.pictures, Limits(**limits), lambda: self.now)
        made.count()
        made.look()
        return made

    def kept(self) -> dict[str, int]:
        """Pictures of each class that are in the store, all of which their results name."""
        found: dict[str, int] = {}
        with self.engine.connect() as connection:
            for label, key in connection.execute(select(Result.label, Result.picture)):
                is_there = bool(key) and self.pictures.get(key) == PICTURE
                assert is_there == bool(key), "a result says what the store has"
                found[label] = found.get(label, 0) + is_there
        return found


@pytest.fixture
def world(engine, tmp_path, monkeypatch) -> World:
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    monkeypatch.setattr(retention, "BITE", 7)
    return World(engine, tmp_path / "pictures")


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 1000), max_size=8), st.integers(0, 3000))
def test_shares_are_equal_and_none_gets_more_than_it_has(sizes, budget: int) -> None:
    found = shares(sizes, budget)
    assert found.keys() == sizes.keys()
    assert sum(found.values()) <= budget
    assert all(0 <= found[label] <= sizes[label] for label in sizes)
    if sum(sizes.values()) <= budget:
        assert found == sizes
    cut = [found[label] for label in sizes if found[label] < sizes[label]]
    if cut:
        assert max(cut) - min(cut) <= len(sizes), "those that are thinned keep the same"
        assert all(size <= max(cut) for label, size in sizes.items() if found[label] == size)


def test_the_frequent_class_is_thinned_and_the_rare_one_kept(world) -> None:
    world.see("car", number=40)
    world.see("horse", number=3)
    world.see("bus", number=12)
    made = world.keep(picture_bytes=25 * SIZE)
    assert world.kept() == {"car": 11, "horse": 3, "bus": 11}
    assert (made.account.number, made.account.bytes) == (25, 25 * SIZE)
    assert made.account.pictures_removed == 30
    with world.engine.connect() as connection:
        query = select(Result.id).where(Result.label == "car", text("picture > ''"))
        assert list(connection.scalars(query)) == list(range(30, 41)), "the oldest went"
        assert connection.scalar(select(text("count(*)")).select_from(Result)) == 55


def test_what_comes_later_is_counted(world) -> None:
    world.see("car", number=5)
    made = world.keep(picture_bytes=8 * SIZE)
    assert made.account.pictures_removed == 0
    world.see("car", number=10)
    made.look()
    assert world.kept() == {"car": 8}


def test_pictures_by_age(world) -> None:
    world.see("car", day=-3, number=20)
    world.see("horse", day=-3)
    world.see("car", day=-1, number=2)
    made = world.keep(picture_days=2)
    assert world.kept() == {"car": 2, "horse": 0}
    assert made.account.number == 2


def test_the_camera_forgets_its_last_picture_only_when_it_goes(world) -> None:
    world.see("car", day=-3)
    world.see("car", day=-1)
    with world.engine.connect() as connection:
        last = connection.scalar(select(Camera.last_picture))
    world.keep(picture_days=2)
    with world.engine.connect() as connection:
        assert connection.scalar(select(Camera.last_picture)) == last
    world.keep(picture_days=0.5)
    with world.engine.connect() as connection:
        assert connection.scalar(select(Camera.last_picture)) == ""


def test_results_by_age_and_their_totals_stay(world) -> None:
    world.see("car", day=-9, number=20)
    world.see("car", number=3)
    with world.engine.begin() as connection:
        row = {"camera_id": 1, "seconds": 60, "begin": 0, "model_id": 1, "label": "car",
               "number": 20, "probability": 1.0}  # fmt: skip
        connection.execute(insert(Total), [row])
    made = world.keep(result_days=5)
    assert world.kept() == {"car": 3}
    assert made.account.results_removed == 20
    assert made.account.number == 3
    with world.engine.connect() as connection:
        assert connection.scalar(select(Total.number)) == 20
    assert len(world.pictures._files.find(world.pictures._root)) == 3, "no picture without a result"


def test_a_kill_within_a_bite_is_gone_on_with(world, monkeypatch) -> None:
    world.see("car", number=20)

    def killed(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("killed"))

    real = retention._forget
    monkeypatch.setattr(retention, "_forget", killed)
    with pytest.raises(OperationalError):
        world.keep(picture_bytes=5 * SIZE)
    monkeypatch.setattr(retention, "_forget", real)
    world.keep(picture_bytes=5 * SIZE)
    assert world.kept() == {"car": 5}


def test_without_limits_everything_stays(world) -> None:
    world.see("car", day=-900, number=3)
    world.keep()
    assert world.kept() == {"car": 3}


@pytest.mark.sqlite
def test_the_oldest_of_a_class_are_found_by_an_index(engine) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT id, camera_id, picture, size, at FROM results "
        "WHERE picture > '' AND label = 'car' AND id <= 9 ORDER BY id LIMIT 200"
    )
    with engine.connect() as connection:
        plan = str(connection.execute(text(query)).all())
        assert "SEARCH results USING INDEX results_with_picture (label=?" in plan
        assert "TEMP B-TREE" not in plan
        counted = text("EXPLAIN QUERY PLAN " + kept.COUNT["sqlite"].text)
        plan = str(connection.execute(counted, {"begin": 1, "last": 2}).all())
        assert "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in plan


def test_many_are_counted_in_parts(world, monkeypatch) -> None:
    monkeypatch.setattr(kept, "PART", 4)
    world.see("car", number=10)
    world.see("bus", number=3)
    assert world.keep().account.number == 13


def test_a_camera_that_is_removed_takes_its_pictures_and_nothing_of_others(world) -> None:
    with world.engine.begin() as connection:
        row = {"id": 2, "name": "d", "kind": "push", "url": "", "interval": 1}
        connection.execute(insert(Camera), [row])
    theirs = [world.pictures.put(2, START + n * DAY, PICTURE) for n in range(3)]
    with world.engine.begin() as connection:
        rows = [
            {"camera_id": 2, "model_id": 1, "at": world.now, "recorded": 1, "label": "a",
             "picture": key, "width": 1, "height": 1, "size": SIZE}
            for key in theirs
        ]  # fmt: skip
        connection.execute(insert(Result), rows)
    world.see("a", number=10)
    made = world.keep(picture_bytes=13 * SIZE)
    assert made.account.number == 13
    with world.engine.begin() as connection:
        cameras.remove(connection, 2, 5, "me")
    world.see("a", number=3)
    made.look()
    assert (world.kept(), made.account.number) == ({"a": 13}, 13)
    made.look()
    assert [world.pictures.get(key) for key in theirs] == [None] * 3
    assert world.kept() == {"a": 13}
    again = world.keep()  # a server that starts again finds nobody's to remove
    again.look()
    assert world.kept() == {"a": 13}


def test_pictures_of_a_removed_camera_go_though_its_number_was_given_again(world) -> None:
    """SQLite gives the largest number again, and the one that has it may be added at once."""
    row = {"id": 2, "name": "d", "kind": "push", "url": "", "interval": 1}
    with world.engine.begin() as connection:
        connection.execute(insert(Camera), [row])
    theirs = world.pictures.put(2, START, PICTURE)
    with world.engine.begin() as connection:
        cameras.remove(connection, 2, 5, "me")
        connection.execute(insert(Camera), [row])
    made = world.keep()
    world.now += 1
    made.look()
    assert world.pictures.get(theirs) == PICTURE, "frames of the new one may be on their way"
    world.now += SETTLED
    made.look()
    assert world.pictures.get(theirs) is None
    assert made.account.orphans_removed == 1


def test_labelled_frames_stay(world) -> None:
    """Whatever their age and their class's share; when their labels go, so do they."""
    world.see("dog", day=-9, number=20)
    with world.engine.begin() as connection:
        rows = [Queued(n, 1, "dog", "rare", "x", False, 1, 1.0) for n in (2, 5, 9)]
        label_queue.put(connection, rows, 1, "me")
        for number in (2, 5):  # the third is only asked about
            labels.give(connection, number, "ann", Verdict("class", "dog"), 1)
    made = world.keep(picture_days=1, picture_bytes=SIZE, result_days=2)
    assert world.kept() == {"dog": 2}
    assert (made.account.number, made.account.bytes) == (2, 2 * SIZE)
    with world.engine.begin() as connection:
        assert [row.result for row in labels.settled(connection)] == [2, 5]
        labels.undo(connection, "ann", 2)
    made.look()
    assert world.kept() == {"dog": 1}
