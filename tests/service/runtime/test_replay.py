"""A folder as a camera: in order, from the first again, and nothing from anywhere else."""

import asyncio
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.runtime import replay
from counterpoise.service.runtime.device import Ending, Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import DeviceError
from counterpoise.service.runtime.fetch import Fetcher
from counterpoise.service.runtime.replay import Replay


def played(folder: Path, number: int, roots: tuple[Path, ...] | None = None) -> list[bytes]:
    async def run() -> list[bytes]:
        guard, ending, found = EgressGuard(folders=roots or (folder,)), Ending(), []
        async with Fetcher(guard) as fetcher:
            async for frame in Replay().frames(Source(str(folder), 0.0), fetcher, ending):
                found.append(frame.content)
                if len(found) == number:
                    ending.begin()
        return found

    return asyncio.run(run())


def test_pictures_come_by_name_from_folders_too_and_from_the_first_again(tmp_path) -> None:
    (tmp_path / "z").mkdir()
    for name in ("b.PNG", "a.jpg", "z/c.webp", "notes.txt"):
        (tmp_path / name).write_bytes(name.encode())
    assert played(tmp_path, 5) == [b"a.jpg", b"b.PNG", b"z/c.webp", b"a.jpg", b"b.PNG"]


def test_a_folder_that_was_not_named_is_refused(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.jpg").write_bytes(b"a")
    with pytest.raises(DeviceError) as caught:
        played(tmp_path / "out", 1, roots=(tmp_path / "in",))
    assert caught.value.reason == "blocked"


def test_links_to_elsewhere_are_not_followed(tmp_path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "in" / "a.jpg").symlink_to(tmp_path / "out" / "secret.jpg")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    with pytest.raises(DeviceError, match="no JPEG, PNG or WebP"):
        played(tmp_path / "in", 1)


def test_a_file_that_is_too_big_or_cannot_be_read_is_named(tmp_path, monkeypatch) -> None:
    (tmp_path / "a.jpg").write_bytes(b"abcd")
    monkeypatch.setattr(replay, "LARGEST", 3)
    with pytest.raises(DeviceError) as caught:
        played(tmp_path, 1)
    assert caught.value.reason == "too big"
    with pytest.raises(DeviceError, match=r"gone\.jpg cannot be read: No such file"):
        replay._read(tmp_path / "gone.jpg")
