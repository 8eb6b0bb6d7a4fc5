"""A row that somebody else wrote is read, without what no camera can have."""

import json
import math
import sqlite3

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from counterpoise.service.database import cameras
from counterpoise.service.database.address import DATABASE
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.search import Search
from counterpoise.service.database.stored import READ
from counterpoise.service.database.tables import Camera

VALUES = st.one_of(
    st.text(max_size=5), st.integers(-(2**63), 2**63 - 1), st.floats(), st.binary(max_size=5)
)
KINDS = st.sampled_from(["?", "CAST(? AS TEXT)"])  # of bytes: text that may be no UTF-8


@pytest.mark.sqlite
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.fixed_dictionaries({name: VALUES for name in READ if name not in ("id", "key")}), KINDS)
def test_whatever_sqlite_takes_is_read_and_is_json(engine, tmp_path, row, kind) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM cameras")
        connection.execute(insert(Camera).values(id=1, name="a", kind="push", url="", interval=1))
    other = sqlite3.connect(tmp_path / DATABASE)
    for name, value in row.items():
        with other:
            try:
                other.execute(f"UPDATE cameras SET {name} = {kind}", (value,))
            except sqlite3.IntegrityError:  # NaN, which is stored as NULL
                continue
    other.close()
    with engine.connect() as connection:
        found = cameras.get(connection, 1)
        near, _ = cameras.find(connection, Search(latitude=0, longitude=0, km=20000))
        assert list(cameras.every(connection, Search())) == [found]
    assert found is not None
    assert near == ([found] if found["latitude"] is not None else [])
    json.dumps(found, allow_nan=False)
    assert (found["latitude"] is None) == (found["longitude"] is None)
    assert 0.1 <= found["interval"] <= 86400
    assert {name: type(value) for name, value in found.items() if READ[name].__name__ == "_text"} \
        == dict.fromkeys([n for n in READ if READ[n].__name__ == "_text"], str)  # fmt: skip


def test_what_cannot_be_is_overwritten_by_a_change(engine) -> None:
    """Though it reads as if it were not there."""
    with engine.begin() as connection:
        row = {"id": 1, "name": "a", "kind": "push", "url": "", "interval": -1}
        connection.execute(insert(Camera).values(row | {"latitude": 500.0, "longitude": 1.0}))
        fields = CameraFields(name="a", kind="push", interval=0.1)
        assert cameras.change(connection, 1, fields, 1, "me") == [
            "interval", "latitude", "longitude",
        ]  # fmt: skip
        assert connection.exec_driver_sql("SELECT latitude, interval FROM cameras").one() == (
            None, 0.1,
        )  # fmt: skip
        assert math.isclose(cameras.active(connection)[0]["interval"], 0.1)
