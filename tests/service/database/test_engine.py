"""A database is made, opened again, and held by one server."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert, select

from counterpoise.errors import OutputError
from counterpoise.service.database.engine import open_database, owned
from counterpoise.service.database.tables import Camera


def test_what_was_written_is_there_again(tmp_path) -> None:
    for expected in (0, 1):
        engine = open_database(tmp_path / "x.sqlite")
        with engine.begin() as connection:
            assert len(connection.execute(select(Camera.id)).all()) == expected
            connection.execute(insert(Camera).values(name="a", kind="push", url="", interval=1))
        engine.dispose()


def test_a_second_server_is_told(tmp_path) -> None:
    with (
        owned(tmp_path),
        pytest.raises(OutputError, match="another server works in"),
        owned(tmp_path),
    ):
        pass
    with owned(tmp_path):
        pass
