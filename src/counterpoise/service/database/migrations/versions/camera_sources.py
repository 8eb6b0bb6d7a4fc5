"""Keys of cameras, their passwords, and the catalogues that they come from."""

import sqlalchemy as sa
from alembic import op

revision = "camera_sources"
down_revision = "token_used"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add them. No batch: a copied table would lose its triggers."""
    for name, length in (("key", 200), ("catalogue", 100)):
        op.add_column(
            "cameras", sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        )
    op.add_column("cameras", sa.Column("missing_since", sa.BigInteger(), nullable=True))
    op.create_index("cameras_by_address", "cameras", ["url", "kind"])
    op.create_index("cameras_by_name", "cameras", ["name"])
    op.create_index("cameras_by_catalogue", "cameras", ["catalogue"])
    op.create_index(
        "cameras_by_key",
        "cameras",
        ["key"],
        unique=True,
        sqlite_where=sa.text("key != ''"),
        postgresql_where=sa.text("key != ''"),
    )
    op.create_table(
        "credentials",
        sa.Column("camera_id", NUMBER, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("camera_id"),
    )
    op.create_table(
        "catalogue_runs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("catalogue", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_catalogue_runs_catalogue", "catalogue_runs", ["catalogue"])
