"""Counts by camera and block."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert

from counterpoise.service.database import seen_blocks
from counterpoise.service.database.batch import Analysed, Batch, record
from counterpoise.service.database.tables import Camera, Model


def test_by_camera_hour_and_class(engine) -> None:
    with engine.begin() as connection:
        for number in (1, 2, 3):
            values = {"id": number, "name": "c", "kind": "push", "url": "", "interval": 1}
            connection.execute(insert(Camera).values(values))
        for number in (1, 2):
            values = {"id": number, "digest": str(number), "name": "m", "classes": "[]", "since": 1}
            connection.execute(insert(Model).values(values))
        seen = [(1, 1, 10, "a"), (1, 1, 20, "b"), (1, 1, 4000, "b"), (1, 2, 30, "a"),
                (2, 1, 5000, "a"), (2, 1, 5001, "z")]  # fmt: skip
        results = [
            Analysed(camera, model, at * 1_000_000, label, None, None, None, 1, 1, 1)
            for camera, model, at, label in seen
        ]
        record(connection, Batch(results=results), 1)
        found = seen_blocks.blocks(connection, [1, 2, 3], 1, ["a", "b"], (3600, 0, 7200))
        assert {camera: counts.tolist() for camera, counts in found.items()} == {
            1: [[1, 1], [0, 1]], 2: [[0, 0], [1, 0]],
        }  # fmt: skip
        assert seen_blocks.lately(connection, 4500, 9) == [2]
        assert seen_blocks.lately(connection, 0, 1) == [2]


def test_probabilities_and_places_of_cameras(engine) -> None:
    with engine.begin() as connection:
        values = {"id": 1, "name": "Pier", "kind": "push", "url": "", "interval": 1}
        connection.execute(insert(Camera).values(values | {"city": "Oslo", "country": "Norway"}))
        model = {"id": 1, "digest": "d", "name": "m", "classes": "[]", "since": 1}
        connection.execute(insert(Model).values(model))
        results = [
            Analysed(1, 1, at * 1_000_000, label, share, None, None, 1, 1, 1)
            for at, label, share in ((10, "a", 0.5), (20, "b", 0.75), (4000, "a", 1.0))
        ]
        record(connection, Batch(results=results), 1)
        sums, sizes = seen_blocks.probabilities(connection, 1, 1, (3600, 0, 7200))
        assert (sums.tolist(), sizes.tolist()) == ([1.25, 1.0], [2, 1])
        assert seen_blocks.places(connection, [1, 9]) == {1: ("Pier", "Oslo, Norway")}
