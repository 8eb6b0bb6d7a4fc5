"""Steps from an empty database to the tables of today, for alembic."""
