"""Totals of all cameras together, and those of each camera in the order in which they are read."""

import sqlalchemy as sa
from alembic import op

revision = "overall_totals"
down_revision = "first_tables"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = "seconds, begin, model_id, label"


def upgrade() -> None:
    """Bring the totals that are there into the new tables."""
    op.rename_table("totals", "older_totals")
    for name, key in (("totals", ("camera_id",)), ("overall_totals", ())):
        first = [sa.Column(column, NUMBER, nullable=False) for column in key]
        ties = [
            sa.ForeignKeyConstraint([column], ["cameras.id"], ondelete="CASCADE") for column in key
        ]
        op.create_table(
            name,
            *first,
            sa.Column("seconds", sa.Integer(), nullable=False),
            sa.Column("begin", sa.BigInteger(), nullable=False),
            sa.Column("model_id", NUMBER, nullable=False),
            sa.Column("label", sa.String(length=200), nullable=False),
            sa.Column("number", sa.BigInteger(), nullable=False),
            sa.Column("probability", sa.Float(), nullable=False),
            *ties,
            sa.ForeignKeyConstraint(["model_id"], ["models.id"]),
            sa.PrimaryKeyConstraint(*key, "seconds", "begin", "model_id", "label"),
            sqlite_with_rowid=False,
        )
    op.execute(
        f"INSERT INTO totals (camera_id, {KEY}, number, probability) "
        f"SELECT camera_id, {KEY}, number, probability FROM older_totals ORDER BY 1, 2, 3, 4, 5"
    )
    op.execute(
        f"INSERT INTO overall_totals ({KEY}, number, probability) "
        f"SELECT {KEY}, sum(number), sum(probability) FROM older_totals GROUP BY {KEY}"
    )
    op.drop_table("older_totals")
