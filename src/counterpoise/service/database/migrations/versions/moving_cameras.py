"""Cameras whose kind was edited, until they are drained of the shard that they had."""

import sqlalchemy as sa
from alembic import op

revision = "moving_cameras"
down_revision = "process_reports"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "moving_cameras",
        sa.Column("camera_id", NUMBER, nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id"),
    )
