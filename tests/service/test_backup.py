"""A backup is whole and goes back; what is no backup is refused; a kill leaves the old folder."""

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.errors import ArgumentError, OutputError
from counterpoise.service import restoring
from counterpoise.service.backup import back_up
from counterpoise.service.database.address import DATABASE
from counterpoise.service.restoring import restore
from counterpoise.service.system import System

pytestmark = pytest.mark.sqlite  # database/test_copying.py has what is another on PostgreSQL


def rows(folder: Path, query: str) -> list:
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return database.execute(query).fetchall()


@pytest.fixture
def kept(system, seen, browse, tmp_path) -> Path:
    """A backup of a running server that has a camera, a result with its picture, and a session."""
    browse("viewer")
    file = tmp_path / "b.zip"
    back_up(system.settings.folder, system.settings.picture_store, file, True)
    return file


def test_it_comes_back_as_it_was(system, kept, tmp_path, stub, seen) -> None:
    assert oct(kept.stat().st_mode)[-3:] == "600"
    folder = tmp_path / "again"
    found, before = restore(kept, folder, "", overwrite=False)
    assert (found.pictures, before) == (1, None)
    for table in ("cameras", "results", "account", "totals", "users", "audit", "models"):
        query = f"SELECT * FROM {table}"
        assert rows(folder, query) == rows(system.settings.folder, query), table
    assert rows(system.settings.folder, "SELECT count(*) FROM sessions") == [(1,)]
    assert rows(folder, "SELECT count(*) FROM sessions") == [(0,)]
    settings = system.settings.model_copy(update={"folder": folder})
    with System(settings, stub, "stub") as again:
        ((key,),) = rows(folder, "SELECT picture FROM results")
        assert again.pictures.get(key) == system.pictures.get(key)


def test_models_come_back_with_it_and_one_that_was_exchanged_does_not(
    serving, exported, tmp_path
) -> None:
    from counterpoise.service.promotion.keeping import kept as copy_of
    from counterpoise.service.promotion.promoting import add

    folder, file = serving.settings.folder, tmp_path / "b.zip"
    add(serving.engine, folder, exported("second", 0.3), "t", 1)
    found = back_up(folder, serving.settings.picture_store, file, False)
    assert found.models == 2
    again, _ = restore(file, tmp_path / "again", "", overwrite=False)
    assert again.models == 2
    for (digest,) in rows(folder, "SELECT digest FROM models"):
        assert copy_of(tmp_path / "again", digest).digest == digest
    with zipfile.ZipFile(file) as archive:
        name = next(name for name in archive.namelist() if name.endswith("model.onnx"))
    other = changed(file, tmp_path / "c.zip", {name: b"another"})
    with pytest.raises(ArgumentError, match="a model is not the one"):
        restore(other, tmp_path / "third", "", overwrite=False)
    made_up = json.loads(zipfile.ZipFile(file).read("backup.json")) | {"models": ["../../x"]}
    other = changed(
        file,
        tmp_path / "e.zip",
        {"backup.json": json.dumps(made_up).encode(), "models/../../x/model.onnx": b"x"},
    )
    with pytest.raises(ArgumentError, match="newer version"):
        restore(other, tmp_path / "third", "", overwrite=False)
    (folder / name).write_bytes(b"damaged")  # a copy that is of no use is left out
    assert back_up(folder, serving.settings.picture_store, tmp_path / "d.zip", False).models == 1


def test_a_name_of_a_picture_that_is_no_text_is_one_that_is_gone(system, seen, tmp_path) -> None:
    with closing(sqlite3.connect(system.settings.folder / DATABASE)) as other, other:
        other.execute("UPDATE results SET picture = CAST(x'ff' || picture AS TEXT)")
    found = back_up(system.settings.folder, system.settings.picture_store, tmp_path / "b", True)
    assert (found.pictures, found.gone) == (0, 1)


def test_where_only_the_demo_has_a_database_that_is_said(tmp_path) -> None:
    (tmp_path / "demo").mkdir()
    with pytest.raises(ArgumentError, match=r"holds no database; counterpoise serve makes it$"):
        back_up(tmp_path, "", tmp_path / "b.zip", False)
    (tmp_path / "demo" / DATABASE).touch()
    with pytest.raises(ArgumentError, match=r"the demo's is in .*/demo: --folder .*/demo"):
        back_up(tmp_path, "", tmp_path / "b.zip", False)


def test_pictures_are_left_out_unless_asked_for(system, seen, tmp_path) -> None:
    file = tmp_path / "small.zip"
    found = back_up(system.settings.folder, system.settings.picture_store, file, False)
    assert (found.pictures, found.gone) == (0, 0)
    assert sorted(zipfile.ZipFile(file).namelist()) == ["backup.json", DATABASE]
    with pytest.raises(ArgumentError, match="there already"):
        back_up(system.settings.folder, system.settings.picture_store, file, False)


def test_pictures_that_are_gone_are_counted(system, seen, tmp_path) -> None:
    for path in (system.settings.folder / "pictures").rglob("*.jpg"):
        path.unlink()
    file = tmp_path / "b.zip"
    found = back_up(system.settings.folder, system.settings.picture_store, file, True)
    assert (found.pictures, found.gone) == (0, 1)


def test_a_folder_is_put_aside_only_when_asked_and_never_under_a_server(
    system, kept, tmp_path
) -> None:
    folder = system.settings.folder
    with pytest.raises(ArgumentError, match="--overwrite"):
        restore(kept, folder, "", overwrite=False)
    with pytest.raises(OutputError, match="another server"):
        restore(kept, folder, "", overwrite=True)
    system.__exit__(None, None, None)
    users = rows(folder, "SELECT * FROM users")
    _, before = restore(kept, folder, "", overwrite=True)
    assert before is not None
    assert rows(before, "SELECT * FROM users") == rows(folder, "SELECT * FROM users") == users
    assert {p.name for p in tmp_path.iterdir()} >= {"server", before.name, "b.zip"}
    assert not list(tmp_path.glob("*.aside"))


def changed(file: Path, to: Path, content: dict[str, bytes | None]) -> Path:
    """A backup with other members; None leaves one out."""
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(to, "w") as target:
        for name in source.namelist():
            new = content.get(name, source.read(name))
            if new is not None:
                target.writestr(name, new)
        for name in content.keys() - set(source.namelist()):
            target.writestr(name, content[name])
    return to


def test_what_is_no_whole_backup_is_refused_and_nothing_changes(kept, tmp_path) -> None:
    described = zipfile.ZipFile(kept).read("backup.json")
    noise = tmp_path / "noise.zip"
    noise.write_bytes(os.urandom(5000))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(kept.read_bytes()[:-200])
    flipped = bytearray(kept.read_bytes())
    flipped[3000] ^= 0xFF
    bent = tmp_path / "bent.zip"
    bent.write_bytes(flipped)
    cases = [
        (tmp_path / "none.zip", "no such file"),
        (noise, "is no backup, or is damaged"),
        (cut, "is no backup, or is damaged"),
        (bent, "damaged"),
        (changed(kept, tmp_path / "1.zip", {"backup.json": None}), "it has no backup.json"),
        (changed(kept, tmp_path / "2.zip", {"backup.json": b"{}"}), "newer version"),
        (changed(kept, tmp_path / "3.zip", {DATABASE: b"x"}), "is not the one"),
        (changed(kept, tmp_path / "4.zip", {"../../evil": b"x"}), "it holds '../../evil'"),
        (changed(kept, tmp_path / "5.zip", {"pictures/../x.jpg": b"x"}), "it holds 'pictures/"),
    ]
    newer = described.replace(b'"revision": "', b'"revision": "next_')
    cases.append((changed(kept, tmp_path / "6.zip", {"backup.json": newer}), "newer version"))
    there = sorted(p.name for p in tmp_path.iterdir())
    for file, said in cases:
        with pytest.raises(ArgumentError, match=said):
            restore(file, tmp_path / "again", "", overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == there


def test_whatever_byte_is_cut_or_changed_it_is_refused_by_name_or_whole(kept, tmp_path) -> None:
    """A backup is a file that lay somewhere: nothing of it is half restored, nothing raises."""
    content, draw = kept.read_bytes(), random.Random(0)
    wrong, again = tmp_path / "wrong.zip", tmp_path / "again"
    there = sorted([*(p.name for p in tmp_path.iterdir()), wrong.name])
    places = [*range(20), *range(len(content) - 60, len(content))]
    places += [draw.randrange(len(content)) for _ in range(30)]
    whole = 0
    for turn, place in enumerate(places):
        changed = bytearray(content)
        if turn % 4 == 3:
            del changed[place:]
        else:
            changed[place] ^= 1 << turn % 8
        wrong.write_bytes(changed)
        try:
            restore(wrong, again, "", overwrite=False)
        except (ArgumentError, OutputError):
            assert not again.exists()
        else:  # a byte that says nothing, such as a date
            assert rows(again, "SELECT count(*) FROM results") == [(1,)]
            shutil.rmtree(again)
            whole += 1
        assert sorted(p.name for p in tmp_path.iterdir()) == there
    assert whole < len(places) / 2


@pytest.mark.parametrize("what", ["files", "empty", "tables", "twice", "links"])
def test_a_backup_that_somebody_made_up_is_refused_by_name(kept, tmp_path, what: str) -> None:
    """Its digest is right, and what it holds is not."""
    described = json.loads(zipfile.ZipFile(kept).read("backup.json"))
    database = tmp_path / "made.sqlite"
    with closing(sqlite3.connect(database)) as made:
        if what == "tables":
            made.execute("CREATE TABLE cameras (id, alembic_version)")
            made.execute("CREATE VIEW alembic_version AS SELECT 'no such' AS version_num")
        made.commit()
    if what in ("empty", "tables"):
        described["sha256"] = hashlib.sha256(database.read_bytes()).hexdigest()
    else:
        described["files"] = {
            "files": ["nobody", "pictures/1/2026-01-01/00/1.jpg"], "twice": [DATABASE],
            "links": ["../../../etc/passwd"],
        }[what]  # fmt: skip
    new: dict[str, bytes | None] = {"backup.json": json.dumps(described).encode()}
    if what in ("empty", "tables"):
        new[DATABASE] = database.read_bytes()
    file, again = changed(kept, tmp_path / "made.zip", new), tmp_path / "again"
    if what == "empty":  # an empty database has its tables made, and is harmless
        restore(file, again, "", overwrite=False)
        assert rows(again, "SELECT count(*) FROM users") == [(0,)]
        return
    with pytest.raises((ArgumentError, OutputError), match=r"is no backup|cannot be restored"):
        restore(file, again, "", overwrite=False)
    assert not again.exists()


def test_a_disk_without_room_is_said_before_anything_is_written(kept, tmp_path, monkeypatch):
    monkeypatch.setattr(
        restoring.shutil, "disk_usage", lambda path: type("D", (), {"free": 1 << 20})
    )
    with pytest.raises(OutputError, match="1 MiB free"):
        restore(kept, tmp_path / "again", "", overwrite=False)
    assert not (tmp_path / "again").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from counterpoise.service import restoring
which, file, folder = sys.argv[1:]
def die(*given):
    if which == "middle":
        real(*given)
    os.kill(os.getpid(), signal.SIGKILL)
if which == "unpacking":
    restoring.PictureStore.restore = die
else:
    real, os.rename = os.rename, die
restoring.restore(Path(file), Path(folder), "", overwrite=True)
"""


@pytest.mark.parametrize("when", ["unpacking", "before", "middle"])
def test_a_killed_restore_leaves_the_old_or_nothing(system, kept, tmp_path, when: str) -> None:
    system.__exit__(None, None, None)
    folder = system.settings.folder
    users = rows(folder, "SELECT * FROM users")
    done = subprocess.run([sys.executable, "-c", KILLED, when, str(kept), str(folder)], check=False)
    assert done.returncode == -9
    if when == "middle":
        assert not folder.exists()
        (old,) = tmp_path.glob("server.before-*")
        assert rows(old, "SELECT * FROM users") == users
    else:
        assert rows(folder, "SELECT * FROM users") == users
    restore(kept, folder, "", overwrite=True)
    assert rows(folder, "SELECT * FROM users") == users


def test_a_folder_without_a_database_has_no_backup(tmp_path) -> None:
    with pytest.raises(ArgumentError, match="no database"):
        back_up(tmp_path, "", tmp_path / "b.zip", False)
    (tmp_path / DATABASE).write_bytes(b"no database" * 500)
    with pytest.raises(OutputError, match="cannot be copied"):
        back_up(tmp_path, "", tmp_path / "b.zip", False)
    assert sorted(p.name for p in tmp_path.iterdir()) == [DATABASE]
