"""Cameras are searched, added, changed and removed, with a line in the audit log."""

import random

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import text

from counterpoise.errors import ArgumentError
from counterpoise.service.database import audit, cameras
from counterpoise.service.database.cameras import CameraFields, Search
from counterpoise.service.database.places import distance


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


def test_filters_and_their_choices(engine) -> None:
    with engine.begin() as connection:
        cameras.add(connection, fields(industry="bank"), 1, "me")
        cameras.add(connection, fields(industry="school", kind="mjpeg"), 1, "me")
        assert cameras.choices(connection)["industry"] == ["bank", "school"]
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
