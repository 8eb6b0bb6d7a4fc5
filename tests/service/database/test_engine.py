"""A database is made, opened again, and held by one server."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service.database import engine as module
from counterpoise.service.database.engine import is_owned, open_database, owned
from counterpoise.service.database.tables import Camera


def test_what_was_written_is_there_again(tmp_path) -> None:
    for expected in (0, 1):
        engine = open_database(tmp_path / "x.sqlite")
        with engine.begin() as connection:
            assert len(connection.execute(select(Camera.id)).all()) == expected
            connection.execute(insert(Camera).values(name="a", kind="push", url="", interval=1))
        engine.dispose()


def test_the_newest_tables_are_opened_while_somebody_writes(tmp_path, monkeypatch) -> None:
    engine = open_database(tmp_path / "x.sqlite")
    monkeypatch.setattr(module, "BUSY", 1)
    with engine.begin() as connection:
        connection.execute(insert(Camera).values(name="a", kind="push", url="", interval=1))
        open_database(tmp_path / "x.sqlite").dispose()
    engine.dispose()


def test_tables_that_cannot_be_made_whole_are_not_made(tmp_path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "x.sqlite")) as database:
        database.execute("CREATE TABLE process_reports (somebody_elses)")
        with pytest.raises(OperationalError, match="process_reports already exists"):
            open_database(tmp_path / "x.sqlite")
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert found == [("process_reports",)]


def test_no_database_appears_where_one_was_removed(tmp_path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    engine = open_database(folder / "x.sqlite")
    engine.dispose()
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(OperationalError, match="was removed or exchanged"):
        engine.connect()
    assert list(folder.iterdir()) == []


def test_a_database_that_was_put_there_instead_is_not_written(tmp_path) -> None:
    engine = open_database(tmp_path / "x.sqlite")
    engine.dispose()
    open_database(tmp_path / "y.sqlite").dispose()
    os.replace(tmp_path / "y.sqlite", tmp_path / "x.sqlite")
    with pytest.raises(OperationalError, match="was removed or exchanged"):
        engine.connect()


def refused(folder, database: str = "x.sqlite") -> bool:
    """Whether a second server is told so; that one works there is seen in the same cases."""
    told = is_owned(folder, database)
    held = contextlib.ExitStack()
    if told:
        with pytest.raises(OutputError, match="another server works in"):
            held.enter_context(owned(folder, database))
    else:
        held.enter_context(owned(folder, database))
        assert is_owned(folder, database)
    held.close()
    return told


def test_a_second_server_is_told(tmp_path) -> None:
    with owned(tmp_path, "x.sqlite"):
        assert refused(tmp_path)
    assert not refused(tmp_path)


def test_a_second_server_is_told_though_the_lock_was_removed(tmp_path) -> None:
    with owned(tmp_path, "x.sqlite"):
        (tmp_path / "lock").unlink()
        assert refused(tmp_path)
        for path in tmp_path.iterdir():
            path.unlink()
        assert refused(tmp_path)
    assert not refused(tmp_path)


def test_a_folder_that_is_made_anew_is_another_one(tmp_path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with owned(folder, "x.sqlite"):
        folder.rename(tmp_path / "moved")
        folder.mkdir()
        assert not refused(folder)
        assert refused(tmp_path / "moved")


def test_a_link_to_the_database_of_another_server_is_its_database(tmp_path) -> None:
    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    theirs.mkdir()
    mine.mkdir()
    (theirs / "x.sqlite").touch()
    (mine / "x.sqlite").symlink_to(theirs / "x.sqlite")
    with owned(theirs, "x.sqlite"):
        assert refused(mine)
    with owned(mine, "x.sqlite"):
        assert refused(theirs)


def test_a_server_of_an_older_version_is_heard_of(tmp_path) -> None:
    with open(tmp_path / "lock", "a", encoding="utf-8") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        assert refused(tmp_path)


def test_a_file_system_that_locks_no_folders_locks_the_file(tmp_path, monkeypatch) -> None:
    real = fcntl.flock

    def flock(handle, how: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(9, "Bad file descriptor")
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    with owned(tmp_path, "x.sqlite"):
        assert refused(tmp_path)
    assert not refused(tmp_path)


@pytest.mark.system
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"username": "nobody"}, "password authentication failed"),
        ({"database": "elsewhere"}, 'database "elsewhere" does not exist'),
        ({"port": 1}, "Connection refused"),
        ({"host": "no.such.host.invalid"}, "resolve"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_clear_line(postgresql, change, said: str) -> None:
    url = postgresql.url.set(**change)
    with pytest.raises(ArgumentError, match="cannot open the database") as caught:
        open_database(url)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert url.password not in str(caught.value)


@pytest.mark.system
def test_an_encoding_without_all_names_is_refused(postgresql) -> None:
    postgresql.execute("CREATE DATABASE old ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(ArgumentError, match="has the encoding LATIN1; make one with UTF8"):
        open_database(postgresql.url.set(database="old"))


@pytest.mark.system
def test_servers_that_start_at_the_same_time_make_the_tables_once(postgresql) -> None:
    address = postgresql.database("template0")
    url = postgresql.url.set(database=address.rpartition("/")[2])
    with ThreadPoolExecutor(4) as pool:
        for engine in pool.map(open_database, [url] * 4):
            with engine.connect() as connection:
                assert connection.execute(select(Camera.id)).all() == []
            engine.dispose()
    postgresql.remove(address)
