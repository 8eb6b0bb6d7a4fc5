"""When a token was last used."""

import sqlalchemy as sa
from alembic import op

revision = "token_used"
down_revision = "overall_totals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("tokens", sa.Column("used", sa.BigInteger(), nullable=True))
