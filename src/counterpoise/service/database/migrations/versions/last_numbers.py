"""The largest number that a result and a camera ever had, which no other one gets."""

import sqlalchemy as sa
from alembic import op

revision = "last_numbers"
down_revision = "moving_cameras"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; in SQLite with the largest numbers of now."""
    op.create_table(
        "last_numbers",
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for name in ("cameras", "results"):
            op.execute(
                f"INSERT INTO last_numbers SELECT '{name}', id FROM {name} ORDER BY id DESC LIMIT 1"
            )
