"""Indexes by which the values of each filter of the map are found without reading all cameras."""

import sqlalchemy as sa
from alembic import op

revision = "camera_choices"
down_revision = "kept_pictures"
branch_labels = None
depends_on = None

COLUMNS = ("health", "kind", "industry", "source", "brand", "catalogue", "last_label")


def upgrade() -> None:
    """Make the indexes."""
    for column in COLUMNS:
        op.create_index(
            f"cameras_choice_{column}",
            "cameras",
            [column],
            unique=False,
            sqlite_where=sa.text(f"{column} != ''"),
            postgresql_where=sa.text(f"{column} != ''"),
        )
