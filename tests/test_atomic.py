"""Files are whole or absent, and as readable as any other file of their user."""

import errno
import os
from pathlib import Path

import pytest

from counterpoise.atomic import ASIDE, replacing, sweep, write_text
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
