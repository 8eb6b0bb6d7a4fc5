"""The migrations make the tables."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from counterpoise.service.database import (  # noqa: F401 - they add theirs
    alert_tables,
    candidate_tables,
    label_tables,
    shard_tables,
)
from counterpoise.service.database.tables import Model, Table


def test_the_migrations_make_the_tables_from_nothing(engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: not (name or "").startswith("camera_places"),
            },
        )
        assert compare_metadata(context, Table.metadata) == []


def test_names_of_a_model() -> None:
    assert Model.names('["a", "b"]') == ["a", "b"]
