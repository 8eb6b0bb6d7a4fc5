"""A file waits for the person who sent it, and for nobody else."""

from pathlib import Path

from counterpoise.service.web import uploads


def test_a_file_is_taken_once_by_its_sender(tmp_path: Path) -> None:
    digest = uploads.keep(tmp_path, 1, b"a")
    assert uploads.take(tmp_path, 2, digest) is None
    assert uploads.take(tmp_path, 1, "0" * 64) is None
    assert uploads.take(tmp_path, 1, "\u00e9") is None
    assert uploads.take(tmp_path, 1, digest) == b"a"
    assert uploads.take(tmp_path, 1, digest) is None


def test_another_file_takes_its_place_in_time(tmp_path: Path) -> None:
    first = uploads.keep(tmp_path, 1, b"a")
    second = uploads.keep(tmp_path, 1, b"b")
    assert uploads.take(tmp_path, 1, first) is None
    assert uploads.take(tmp_path, 1, second) == b"b"
