"""Cameras are searched, added, changed and removed, with a line in the audit log."""

import random

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import audit, cameras
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.places import distance
from counterpoise.service.database.search import Search


def fields(**other) -> CameraFields:
    return CameraFields(**{"name": "a", "kind": "push", "url": "", **other})


def test_a_circle_finds_what_a_walk_over_all_finds(engine) -> None:
    draw = random.Random(0)
    points = [(draw.uniform(-90, 90), draw.uniform(-180, 180)) for _ in range(300)]
    points += [(0.0, 179.99), (0.0, -179.99), (89.9, 10.0), (89.9, -170.0), (-90.0, 0.0)]
    with engine.begin() as connection:
        for latitude, longitude in points:
            cameras.add(connection, fields(latitude=latitude, longitude=longitude), 1, "me")
        for here in [*points[:20], *points[-5:]]:
            km = draw.choice([5, 50, 2000, 12000, 20000])
            found, number = cameras.find(
                connection, Search(latitude=here[0], longitude=here[1], km=km)
            )
            expected = {i for i, p in enumerate(points, 1) if distance(*here, *p) <= km}
            assert {row["id"] for row in found} == expected
            assert number == len(expected)
            away = [distance(*here, row["latitude"], row["longitude"]) for row in found]
            assert away == sorted(away)


def test_the_tree_follows_each_change(engine) -> None:
    near = Search(latitude=1, longitude=1, km=10)
    with engine.begin() as connection:
        number = cameras.add(connection, fields(), 1, "me")
        assert cameras.find(connection, near)[1] == 0
        cameras.change(connection, number, fields(latitude=1, longitude=1), 1, "me")
        assert cameras.find(connection, near)[1] == 1
        cameras.change(connection, number, fields(), 1, "me")
        assert cameras.find(connection, near)[1] == 0
        cameras.change(connection, number, fields(latitude=1, longitude=1), 1, "me")
        cameras.remove(connection, number, 1, "me")
        if engine.dialect.name == "sqlite":
            assert connection.scalar(text("SELECT count(*) FROM camera_places")) == 0


def test_words_mean_what_they_say(engine) -> None:
    with engine.begin() as connection:
        for name in ("100 % sure", "a_b", "Pier north", "pier South"):
            cameras.add(connection, fields(name=name, city="Lisbon"), 1, "me")

        def found(words: str) -> list[str]:
            return [row["name"] for row in cameras.find(connection, Search(words=words))[0]]

        assert found("%") == ["100 % sure"]
        assert found("_") == ["a_b"]
        assert found("PIER lisb") == ["Pier north", "pier South"]
        assert found("pier berlin") == []


def test_filters(engine) -> None:
    with engine.begin() as connection:
        cameras.add(connection, fields(industry="bank"), 1, "me")
        cameras.add(connection, fields(industry="school", kind="mjpeg"), 1, "me")
        assert cameras.find(connection, Search(industry="bank"))[1] == 1
        assert cameras.find(connection, Search(industry="bank", kind="mjpeg"))[1] == 0


def test_half_a_circle_is_refused(engine) -> None:
    with engine.connect() as connection, pytest.raises(ArgumentError, match="latitude, longitude"):
        cameras.find(connection, Search(km=3))


def test_half_a_place_is_refused(engine) -> None:
    with engine.begin() as connection, pytest.raises(ArgumentError, match="a latitude and a"):
        cameras.add(connection, fields(latitude=3), 1, "me")


def test_changes_are_in_the_audit_log(engine) -> None:
    with engine.begin() as connection:
        number = cameras.add(connection, fields(), 1, "ada")
        assert cameras.change(connection, number, fields(city="Oslo"), 2, "bob") == ["city"]
        assert cameras.change(connection, number, fields(city="Oslo"), 2, "bob") == []
        cameras.remove(connection, number, 3, "eve")
        with pytest.raises(ArgumentError, match="no camera"):
            cameras.remove(connection, number, 3, "eve")
        lines = [tuple(entry) for entry in audit.latest(connection)]
    assert lines == [
        (3, "eve", "camera removed", f"{number}: a"),
        (2, "bob", "camera changed", f"{number}: city"),
        (1, "ada", "camera added", f"{number}: a"),
    ]


def test_a_box_finds_what_a_walk_over_all_finds(engine) -> None:
    draw = random.Random(1)
    points = [(draw.uniform(-90, 90), draw.uniform(-180, 180)) for _ in range(300)]
    points += [(0.0, 180.0), (0.0, -180.0), (10.0, 20.0)]
    boxes = [(-10, 20, 10, 60), (-90, -180, 90, 180), (-30, 150, 30, -150), (0, 0, 10, 20)]
    with engine.begin() as connection:
        for latitude, longitude in points:
            cameras.add(connection, fields(latitude=latitude, longitude=longitude), 1, "me")
        for south, west, north, east in boxes:
            search = Search(south=south, west=west, north=north, east=east)
            found, number = cameras.find(connection, search)
            expected = {
                i
                for i, (latitude, longitude) in enumerate(points, 1)
                if south <= latitude <= north
                and (west <= longitude <= east if west <= east else not east < longitude < west)
            }
            assert {row["id"] for row in found} == expected
            assert number == len(expected)


def test_part_of_a_box_is_refused(engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(ArgumentError, match="south, west, north and east"):
            cameras.find(connection, Search(south=3))
        with pytest.raises(ArgumentError, match=r"got 3\.0 and 2\.0"):
            cameras.find(connection, Search(south=3, west=1, north=2, east=2))


def test_places_are_found_whatever_their_case(engine) -> None:
    with engine.begin() as connection:
        cameras.add(connection, fields(country="USA", state="Indiana"), 1, "me")
        cameras.add(connection, fields(country="United States", city="Paris"), 1, "me")
        assert cameras.find(connection, Search(country="united states|USA"))[1] == 2
        assert cameras.find(connection, Search(country="usa", state="INDIANA"))[1] == 1
        assert cameras.find(connection, Search(city="paris"))[1] == 1
        assert cameras.find(connection, Search(city="par"))[1] == 0


def test_a_class_that_was_seen_lately(engine) -> None:
    import time

    from sqlalchemy import insert, update

    from counterpoise.service.database.tables import Camera, Model, Total

    now = int(time.time())
    with engine.begin() as connection:
        for _ in range(3):
            cameras.add(connection, fields(), 1, "me")
        connection.execute(insert(Model).values(digest="d", name="m", classes="[]", since=0))
        connection.execute(update(Camera).where(Camera.id == 1).values(last_label="cat"))
        for camera, minutes in ((2, 5), (3, 300)):
            for seconds in (60, 3600):
                at = now - 60 * minutes
                row = {"seconds": seconds, "begin": at - at % seconds, "camera_id": camera}
                row |= {"model_id": 1, "label": "cat", "number": 1, "probability": 1.0}
                connection.execute(insert(Total), [row])

        def found(**asked: object) -> set[int]:
            return {row["id"] for row in cameras.find(connection, Search(**asked))[0]}

        assert found(label="cat") == {1}
        assert found(label="cat", lately=10) == {2}
        assert found(label="cat", lately=1440) == {2, 3}
        assert found(label="dog", lately=1440) == set()


def test_a_list_goes_on_by_pages(engine) -> None:
    with engine.begin() as connection:
        for number in range(5):
            cameras.add(connection, fields(name=str(number), latitude=1, longitude=number), 1, "me")
        for search in (Search(), Search(latitude=1, longitude=0, km=2000)):
            found, number = cameras.find(connection, search, 2, 2)
            assert ([row["name"] for row in found], number) == (["2", "3"], 5)
        assert [row["id"] for row in cameras.every(connection, Search())] == [1, 2, 3, 4, 5]
