"""Files and folders are whole or absent, and as readable as any other file of their user."""

import errno
import os
from pathlib import Path

import pytest

from counterpoise.atomic import ASIDE, replacing, sweep, write_folder, write_text
from counterpoise.errors import OutputError


def test_files_have_the_permissions_that_the_umask_grants(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "x", "hello")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_an_error_while_writing_leaves_the_old_file_alone(tmp_path: Path) -> None:
    write_text(tmp_path / "x", "old")

    def interrupted() -> None:
        with replacing(tmp_path / "x") as stream:
            stream.write(b"new")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert (tmp_path / "x").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_is_the_user_s_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="x: No space left on device"), replacing(tmp_path / "x"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(OutputError, match="cannot write"):
        write_text(Path(os.devnull, "x"), "")


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"0a.x{ASIDE}").touch()
    write_text(tmp_path / "deep" / "x", "whole")
    sweep(tmp_path)
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["x"]


def test_a_folder_is_made_once_and_never_changed(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "x"
    files = {"a": b"1", "b": b"2"}
    assert write_folder(folder, files)
    assert not write_folder(folder, files)
    for other, named in (
        ({"a": b"1"}, "b"),
        ({**files, "c": b""}, "c"),
        ({**files, "a": b""}, "a"),
    ):
        with pytest.raises(OutputError, match=rf"x is there with other content \({named}\)"):
            write_folder(folder, other)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    assert [path.name for path in folder.parent.iterdir()] == ["x"]
    (tmp_path / "empty").mkdir()
    assert write_folder(tmp_path / "empty", files)
    with pytest.raises(OutputError, match="a is a file, not a folder"):
        write_folder(folder / "a", files)


def test_a_folder_that_cannot_be_finished_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_folder(tmp_path / "x", {"a": b"1"})
    assert list(tmp_path.iterdir()) == []
