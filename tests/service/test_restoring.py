"""A restore that is refused has changed nothing; one that fails late says what is there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy.exc import OperationalError

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service import restoring
from counterpoise.service.backup import back_up
from counterpoise.service.database import copying
from counterpoise.service.database.address import DATABASE
from counterpoise.service.pictures.store import PictureStore
from counterpoise.service.restoring import restore

pytestmark = pytest.mark.sqlite  # database/test_copying.py has what is another on PostgreSQL


def rows(folder: Path, query: str) -> list:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute(query).fetchall()


@pytest.fixture
def file(system, seen, tmp_path) -> Path:
    """A backup with a picture, of a server that runs."""
    file = tmp_path / "b.zip"
    back_up(system.settings.folder, system.settings.picture_store, file, True)
    return file


@pytest.fixture
def key(system, file) -> str:
    """Of its picture."""
    ((key,),) = rows(system.settings.folder, "SELECT picture FROM results")
    return key


@pytest.fixture
def own(tmp_path, key) -> PictureStore:
    """A store outside the folder, which has another picture of that key."""
    store = PictureStore((tmp_path / "own").as_uri())
    store.restore(key, b"of before")
    return store


def test_a_store_of_its_own_gets_pictures_after_all_checks(system, file, own, key) -> None:
    folder, picture = system.settings.folder, system.pictures.get(key)
    with pytest.raises(OutputError, match="another server"):
        restore(file, folder, own._url, overwrite=True)
    assert own.get(key) == b"of before"
    assert [path.name for path in Path(own._root).iterdir()] == [key.partition("/")[0]]
    system.__exit__(None, None, None)
    kept, before = restore(file, folder, own._url, overwrite=True)
    assert (kept.pictures, before is None) == (1, False)
    assert own.get(key) == picture
    assert not (folder / "pictures").exists()


def test_a_damaged_picture_is_found_before_anything_changes(
    system, file, own, key, tmp_path
) -> None:
    picture, content = system.pictures.get(key), file.read_bytes()
    assert content.count(picture) == 1, "it is stored as it is"
    file.write_bytes(content.replace(picture, bytes([picture[0] ^ 1]) + picture[1:]))
    with pytest.raises(ArgumentError, match="is damaged"):
        restore(file, tmp_path / "again", own._url, overwrite=False)
    assert own.get(key) == b"of before"
    assert not (tmp_path / "again").exists()


def test_a_store_that_does_not_work_is_said_first_and_one_that_fails_late_too(
    file, own, tmp_path, monkeypatch
) -> None:
    def fails(*given) -> None:
        raise OSError(28, "No space left on device")

    def is_down(store) -> None:
        store.error = "it is down"

    folder = tmp_path / "again"
    with monkeypatch.context() as patch:
        patch.setattr(PictureStore, "require_working", is_down)
        with pytest.raises(OutputError, match="it is down"):
            restore(file, folder, own._url, overwrite=False)
    assert not folder.exists()
    monkeypatch.setattr(PictureStore, "restore", fails)
    with pytest.raises(OutputError, match=r"the database is restored, and 0 of 1 .*No space left"):
        restore(file, folder, own._url, overwrite=False)
    assert rows(folder, "SELECT count(*) FROM results") == [(1,)]


def test_no_process_of_before_is_in_a_backup_nor_comes_out_of_an_older_one(
    system, file, tmp_path, monkeypatch
) -> None:
    older = tmp_path / "older.zip"
    with monkeypatch.context() as patch:
        patch.setattr(copying, "LEFT_OUT", ("sessions",))
        back_up(system.settings.folder, "", older, False)
        restore(file, tmp_path / "first", "", overwrite=False)
    restore(older, tmp_path / "second", "", overwrite=False)
    for table in ("holders", "shards", "process_reports"):
        query = f"SELECT count(*) FROM {table}"
        assert rows(system.settings.folder, query) != [(0,)]
        assert rows(tmp_path / "first", query) == rows(tmp_path / "second", query) == [(0,)]


class Lost:
    """A connection that is lost at its commit."""

    def __enter__(self) -> "Lost":
        return self

    def __exit__(self, *given) -> None:
        pass

    def commit(self) -> None:
        raise OperationalError("COMMIT", {}, Exception("the connection is lost"))


@pytest.mark.parametrize("was_there", [True, False])
def test_a_commit_that_fails_brings_the_folder_of_before_back(
    tmp_path, monkeypatch, was_there: bool
) -> None:
    aside, folder = tmp_path / "aside", tmp_path / "server"
    aside.mkdir()
    (aside / DATABASE).touch()
    if was_there:
        folder.mkdir()
        (folder / "camera-key").write_text("of before")
    engine = type("Engine", (), {"dispose": lambda self: None})()
    monkeypatch.setattr(restoring, "engine_of", lambda where: engine)
    monkeypatch.setattr(copying, "others", lambda engine: 0)
    monkeypatch.setattr(copying, "out_of_file", lambda path, engine, schema: Lost())
    with pytest.raises(OutputError, match=r"did not confirm the restore: the connection is lost"):
        restoring._restored_into(None, aside, folder, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["aside", "server"][: 1 + was_there]
    if was_there:
        assert (folder / "camera-key").read_text() == "of before"
