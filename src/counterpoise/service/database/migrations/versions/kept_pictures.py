"""An index of the results whose pictures are kept, by class."""

import sqlalchemy as sa
from alembic import op

revision = "kept_pictures"
down_revision = "alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "results_with_picture",
        "results",
        ["label"],
        unique=False,
        sqlite_where=sa.text("picture > ''"),
        postgresql_where=sa.text("picture > ''"),
    )
