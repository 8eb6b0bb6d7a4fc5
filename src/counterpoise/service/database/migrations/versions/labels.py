"""Frames to be labelled, labels, and retrainings."""

import sqlalchemy as sa
from alembic import op

revision = "labels"
down_revision = "camera_choices"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "label_frames",
        sa.Column("result_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("camera_id", NUMBER, nullable=False),
        sa.Column("predicted", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("is_random", sa.Boolean(), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("queued", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("num_labels", sa.Integer(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=True),
        sa.Column("outline", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["camera_id"], ["cameras.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["result_id"], ["results.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("result_id"),
    )
    op.create_index(
        "label_frames_by_class", "label_frames", ["state", "predicted", "rank"], unique=False
    )
    op.create_index("label_frames_by_rank", "label_frames", ["state", "rank"], unique=False)
    op.create_index("ix_label_frames_camera_id", "label_frames", ["camera_id"], unique=False)
    op.create_table(
        "labels",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("result_id", NUMBER, nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["label_frames.result_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("labels_by_frame", "labels", ["result_id", "who"], unique=True)
    op.create_index("labels_by_person", "labels", ["who", "at"], unique=False)
    op.create_table(
        "retrainings",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=100), nullable=False),
        sa.Column("num_labels", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("model_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["model_id"], ["models.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
