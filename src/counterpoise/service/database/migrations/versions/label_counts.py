"""Indexes by which labels are counted without reading the rows of their frames."""

import sqlalchemy as sa
from alembic import op

revision = "label_counts"
down_revision = "shards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        "label_frames_by_label",
        "label_frames",
        ["state", "verdict", "label", "is_random", "predicted", "used"],
        unique=False,
    )
    op.create_index(
        "label_frames_said_twice",
        "label_frames",
        ["result_id"],
        unique=False,
        sqlite_where=sa.text("num_labels > 1"),
        postgresql_where=sa.text("num_labels > 1"),
    )
    op.create_index("labels_by_verdict", "labels", ["who", "verdict"], unique=False)
