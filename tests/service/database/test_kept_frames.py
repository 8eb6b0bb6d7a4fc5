"""Frames spread over a stretch of time."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import text

from counterpoise.service.database import kept_frames


def test_the_first_of_each_part_whose_picture_is_kept(engine, frames) -> None:
    """Frames 1 to 6 are of 100 to 600, those of camera 1 even."""
    with engine.begin() as connection:
        found = kept_frames.spread(connection, 1, 0, 1000, 10)
        assert found == [(200, "1/x/2.jpg"), (400, "1/x/4.jpg"), (600, "1/x/6.jpg")]
        assert [at for at, _ in kept_frames.spread(connection, 1, 0, 1000, 2)] == [200, 600]
        assert kept_frames.spread(connection, 1, 0, 200, 5) == []
        connection.execute(text("UPDATE results SET picture = '' WHERE id = 2"))
        assert [at for at, _ in kept_frames.spread(connection, 1, 0, 1000, 2)] == [400, 600]
        assert kept_frames.spread(connection, 9, 0, 1000, 2) == []
