"""A backup of PostgreSQL is restored into another database of it, or into a file; and back."""

from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import insert, select, text

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.backup import back_up
from counterpoise.service.database import cameras
from counterpoise.service.database.address import DATABASE, place
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.database.engine import engine_of, open_database
from counterpoise.service.database.tables import Camera, LastNumber, Table
from counterpoise.service.restoring import restore
from counterpoise.service.system import System

pytestmark = pytest.mark.system


@pytest.fixture
def empty(postgresql):
    """The address of a database without tables."""
    address = postgresql.database("template0")
    yield address
    postgresql.remove(address)


def content(engine) -> dict[str, list]:
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in Table.metadata.sorted_tables
        }


@pytest.mark.parametrize("into", ["postgresql", "file"])
def test_it_comes_back_as_it_was(system, seen, browse, tmp_path, stub, empty, into: str) -> None:
    """From a file, and from PostgreSQL, into either."""
    browse("viewer")
    settings, file, folder = system.settings, tmp_path / "b.zip", tmp_path / "again"
    kept = back_up(settings.folder, settings.picture_store, file, True, settings.database)
    assert kept.pictures == 1
    expected = content(system.engine)
    assert expected.pop("sessions")
    address = empty if into == "postgresql" else ""
    restore(file, folder, "", False, address)
    engine = open_database(place(folder, address))
    found = content(engine)
    engine.dispose()
    assert found.pop("sessions") == []
    for of_processes in ("holders", "shards", "process_reports"):
        found.pop(of_processes)
        assert expected.pop(of_processes)
    numbers = found.pop("last_numbers")  # of PostgreSQL they come from its sequences
    assert {name for name, _ in numbers} == {"cameras", "results"}
    assert expected.pop("last_numbers") in (numbers, [])
    assert found == expected
    assert (folder / DATABASE).exists() == (into == "file")
    changed = settings.model_copy(update={"folder": folder, "database": address})
    with System(changed, stub, "stub") as again, again.engine.begin() as connection:
        (key,) = connection.scalars(select(text("picture FROM results")))
        assert again.pictures.get(key) == system.pictures.get(key)
        row = {"name": "next", "kind": "push", "url": "", "interval": 1}
        made = connection.execute(insert(Camera).values(row)).inserted_primary_key
        assert made[0] > seen, "numbers go on after those that were copied"


def test_what_is_there_is_put_aside_or_the_restore_refused(system, seen, tmp_path, empty) -> None:
    settings, file = system.settings, tmp_path / "b.zip"
    back_up(settings.folder, settings.picture_store, file, False, settings.database)
    restore(file, tmp_path / "first", "", False, empty)
    with pytest.raises(ArgumentError, match="holds a server's tables already; with --overwrite"):
        restore(file, tmp_path / "second", "", False, empty)
    assert not (tmp_path / "second").exists()
    restore(file, tmp_path / "second", "", True, empty)
    engine = engine_of(place(Path("x"), empty))
    with engine.connect() as connection:
        query = (
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'before%'"
        )
        (schema,) = connection.scalars(text(query))
        for where in (schema, "public"):
            assert connection.scalar(text(f"SELECT count(*) FROM {where}.results")) == 1
        with pytest.raises(OutputError, match="a server works in the database"):
            restore(file, tmp_path / "third", "", True, empty)
    engine.dispose()


@pytest.mark.sqlite
def test_a_row_that_postgresql_refuses_is_named_and_nothing_changes(
    tmp_path, empty, engine
) -> None:
    """SQLite takes NUL in a text."""
    with engine.begin() as connection:
        row = {"name": "a\0b", "kind": "push", "url": "", "interval": 1}
        connection.execute(insert(Camera).values(row))
    file = tmp_path / "b.zip"
    back_up(tmp_path, "", file, False)
    with pytest.raises(OutputError, match=r"a row of cameras cannot be copied: .*NUL"):
        restore(file, tmp_path / "again", "", False, empty)
    other = engine_of(place(Path("x"), empty))
    with other.connect() as connection:
        assert connection.scalar(text("SELECT to_regclass('cameras')")) is None
    other.dispose()
    assert not (tmp_path / "again").exists()


def test_tables_of_another_version_are_not_copied(empty, tmp_path) -> None:
    engine = open_database(place(tmp_path, empty))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'alerts'"))
    engine.dispose()
    with pytest.raises(ArgumentError, match="has the tables alerts, and this version copies"):
        back_up(tmp_path, "", tmp_path / "b.zip", False, empty)
    assert not (tmp_path / "b.zip").exists()


@pytest.mark.sqlite
def test_numbers_of_a_file_are_given_once_in_postgresql_too(tmp_path, empty, engine) -> None:
    """The newest camera was removed before the backup."""
    fields = CameraFields(name="c", kind="push", url="")
    with engine.begin() as connection:
        first, second = (cameras.add(connection, fields, 1, "me") for _ in range(2))
        cameras.remove(connection, second, 1, "me")
    file = tmp_path / "b.zip"
    back_up(tmp_path, "", file, False)
    restore(file, tmp_path / "again", "", False, empty)
    copy = open_database(place(tmp_path / "again", empty))
    with copy.begin() as connection:
        assert cameras.add(connection, fields, 1, "me") == second + 1 == first + 2
    copy.dispose()


@pytest.mark.parametrize("into", ["postgresql", "file"])
def test_numbers_of_postgresql_are_given_once_in_a_copy_too(
    tmp_path, postgresql, empty, into: str
) -> None:
    """The newest camera was removed before the backup, and there was a backup before."""
    fields, source = CameraFields(name="c", kind="push", url=""), empty
    target = postgresql.database("template0") if into == "postgresql" else ""
    try:
        engine = open_database(place(tmp_path, source))
        with engine.begin() as connection:
            connection.execute(insert(LastNumber).values(name="cameras", number=1))
            first, second = (cameras.add(connection, fields, 1, "me") for _ in range(2))
            cameras.remove(connection, second, 1, "me")
        engine.dispose()
        file = tmp_path / "b.zip"
        back_up(tmp_path, "", file, False, source)
        restore(file, tmp_path / "again", "", False, target)
        copy = open_database(place(tmp_path / "again", target))
        with copy.begin() as connection:
            assert cameras.add(connection, fields, 1, "me") == second + 1 == first + 2
        copy.dispose()
    finally:
        if target:
            postgresql.remove(target)
