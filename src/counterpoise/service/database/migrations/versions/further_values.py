"""What a program says beside the class, and where a device was when it sent a frame."""

import sqlalchemy as sa
from alembic import op

revision = "further_values"
down_revision = "camera_sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("results", sa.Column("further", sa.Text(), nullable=True))
    op.add_column("results", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("results", sa.Column("longitude", sa.Float(), nullable=True))
