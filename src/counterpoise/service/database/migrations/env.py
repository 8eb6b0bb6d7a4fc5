"""How alembic reaches the database: through the connection that engine.py gives it."""

from typing import Any

from alembic import context
from alembic.ddl.postgresql import PostgresqlImpl
from sqlalchemy import Executable

from counterpoise.service.database import (  # noqa: F401 - they add their tables
    alert_tables,
    candidate_tables,
    label_tables,
    shard_tables,
)
from counterpoise.service.database.tables import Table

TREE = ("CREATE VIRTUAL TABLE camera_places", "CREATE TRIGGER camera_")


class WithoutTree(PostgresqlImpl):
    """PostgreSQL has no R*Tree, which the first tables had before there was any but SQLite.

    Their file stays as it is, for the databases that it made; `places_of_postgresql.py` makes
    the index that takes the tree's place.
    """

    __dialect__ = "postgresql"

    def execute(
        self, sql: Executable | str, execution_options: dict[str, Any] | None = None
    ) -> None:
        """Execute it, unless it makes the tree."""
        if not str(sql).startswith(TREE):
            super().execute(sql, execution_options)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
