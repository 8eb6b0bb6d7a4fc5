"""How alembic reaches the database: through the connection that engine.py gives it."""

from alembic import context

from counterpoise.service.database import (  # noqa: F401 - they add their tables
    alert_tables,
    candidate_tables,
    label_tables,
)
from counterpoise.service.database.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
