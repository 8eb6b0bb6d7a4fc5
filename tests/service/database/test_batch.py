"""A batch is written whole or not at all."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from counterpoise.service.database.account import ANALYSED, FETCHED, balance
from counterpoise.service.database.batch import Analysed, Batch, Changed, record
from counterpoise.service.database.tables import Camera, HealthChange, Model, Result, Total


@pytest.fixture
def camera(engine) -> int:
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(id=7, name="a", kind="push", url="", interval=1))
        connection.execute(insert(Model).values(id=3, digest="d", name="m", classes="[]", since=0))
    return 7


def batch(camera: int, model: int) -> Batch:
    made = Batch()
    made.account.update({(camera, FETCHED): 2, (camera, ANALYSED): 1})
    made.results.append(Analysed(camera, model, 61_000_000, "a", 0.5, None, "k", 1, 1, 1))
    made.changes.append(Changed(camera, 5, "live", "", ""))
    return made


def test_everything_of_a_batch_is_there(engine, camera) -> None:
    with engine.begin() as connection:
        record(connection, batch(camera, 3), 70_000_000)
    with engine.connect() as connection:
        assert (balance(connection).fetched, balance(connection).analysed) == (2, 1)
        begins = dict(connection.execute(select(Total.seconds, Total.begin)).all())
        row = connection.execute(select(Camera)).mappings().one()
    assert begins == {60: 60, 3600: 0, 86400: 0}
    assert (row["health"], row["last_label"], row["last_frame"]) == ("live", "a", 61_000_000)
    assert row["last_picture"] == "k"


def test_a_batch_that_breaks_a_rule_leaves_nothing(engine, camera) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        record(connection, batch(camera, 99), 0)
    with engine.connect() as connection:
        assert balance(connection).fetched == 0
        for table in (Result, Total, HealthChange):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
