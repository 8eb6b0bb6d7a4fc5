"""What finds cameras by place in PostgreSQL, as the R*Tree does in SQLite."""

from alembic import op

revision = "places_of_postgresql"
down_revision = "candidates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index, of points, which needs no extension."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX camera_places ON cameras USING gist (point(longitude, latitude))")
