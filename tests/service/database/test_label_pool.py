"""Frames drawn uniformly, and the newest of a class."""

from collections import Counter

import numpy as np
import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert

from counterpoise.service.database import label_pool
from counterpoise.service.database.tables import Result

ROW = {
    "camera_id": 1, "model_id": 1, "at": 1, "recorded": 1, "probability": None, "scores": None,
    "width": 1, "height": 1, "size": 1,
}  # fmt: skip


def add(engine, numbers, label="dog", picture="1/x/1.jpg") -> None:
    with engine.begin() as connection:
        rows = [{**ROW, "id": n, "label": label, "picture": picture} for n in numbers]
        connection.execute(insert(Result), rows)


@pytest.mark.parametrize(("numbers", "most"), [(range(10, 40), 9), (range(10, 4000, 100), 5)])
def test_each_frame_is_as_likely_as_any_other(engine, frames, numbers, most) -> None:
    """Among few numbers and among many with gaps; what is queued already is left out."""
    add(engine, numbers)
    drawn: Counter[int] = Counter()
    with engine.connect() as connection:
        for seed in range(120):
            found = label_pool.drawn(connection, 1, most, np.random.default_rng(seed))
            assert len({one.id for one in found}) == most
            drawn.update(one.id for one in found)
    assert set(drawn) == set(numbers)
    expected = 120 * most / len(numbers)
    chi2 = sum((drawn[n] - expected) ** 2 / expected for n in numbers)
    assert chi2 < len(numbers) + 4 * (2 * len(numbers)) ** 0.5


def test_only_frames_of_the_model_whose_picture_is_kept(engine, frames) -> None:
    add(engine, [10, 11], picture="")
    add(engine, [12], picture=None)
    random = np.random.default_rng(0)
    with engine.connect() as connection:
        assert label_pool.drawn(connection, 1, 5, random) == []
        assert label_pool.drawn(connection, 2, 5, random) == []


def test_the_newest_of_a_class(engine, frames) -> None:
    add(engine, [20, 21, 22])
    add(engine, [23], label="cat")
    with engine.connect() as connection:
        found = label_pool.newest(connection, 1, "dog", 2)
        assert [one.id for one in found] == [22, 21]


def test_a_table_of_scores(engine, frames) -> None:
    add(engine, [20])
    with engine.connect() as connection:
        found = label_pool.by_number(connection, [1, 20, 99])
    assert set(found) == {1, 20}
    table = label_pool.table([found[1], found[20]], ["cat", "dog"])
    assert table.tolist() == [[0.75, 0.25], [0, 1]]
