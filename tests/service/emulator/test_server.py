"""The emulator counts what it has sent, in a process of its own that ends with its input."""

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.service.emulator.server import BOUNDARY, FAULTS, STEADY, Emulator


def make(folder: Path, number: int = 3) -> list[bytes]:
    for index in range(number):
        pixels = np.random.default_rng(index).integers(0, 256, (24, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.jpg")
    return [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]


@contextmanager
def running(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Its address, and what it wrote to standard error, once it has ended."""
    command = [sys.executable, "-m", "counterpoise.service.emulator", str(folder)]
    pipe = subprocess.PIPE
    said: list[str] = []
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process.stdout.readline().strip(), said
        finally:
            process.stdin.close()
            said.append(process.stderr.read())
            assert process.wait(20) == 0


def get(url: str, most: int | None = None, headers: dict[str, str] | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {})) as answer:
        return answer.read(most)


def test_pictures_are_replayed_and_counted_and_nothing_is_said(tmp_path) -> None:
    pictures = make(tmp_path)
    with running(tmp_path) as (url, said):
        assert [get(f"{url}/1/good/snapshot") for _ in range(4)] == [
            pictures[(7 + turn) % 3] for turn in range(1, 5)
        ]
        assert get(f"{url}/2/good/snapshot") == pictures[(14 + 1) % 3], "from its own place"
        assert get(f"{url}/3/slow/snapshot") in pictures
        assert get(f"{url}/4/endless/snapshot", 100_000)  # and the connection is closed
        assert get(f"{url}/5/stalled/snapshot", 100)
        with pytest.raises(OSError, match="closed connection"):
            get(f"{url}/6/dead/snapshot")
        for path in ("/1/none/snapshot", "/1/good/film", "/x/good/snapshot"):
            with pytest.raises(urllib.error.HTTPError, match="404") as caught:
                get(url + path)
            caught.value.close()
        assert json.loads(get(f"{url}/counts")) == {"1": 4, "2": 1, "3": 1}
    assert said == [""]


@pytest.mark.parametrize("camera", [1, 2])
def test_a_stream_is_well_formed(tmp_path, camera) -> None:
    """One boundary between two parts, with lengths from cameras of even numbers."""
    pictures = make(tmp_path)
    with running(tmp_path) as (url, _):
        size = 2 * max(map(len, pictures)) + 500
        whole = get(f"{url}/{camera}/good/stream", size)
    parts = whole.split(f"--{BOUNDARY}\r\n".encode())
    assert parts[0] == b""
    assert len(parts) >= 3
    for part in parts[1:3]:
        head, _, body = part.partition(b"\r\n\r\n")
        assert body.removesuffix(b"\r\n") in pictures
        length = re.search(rb"Content-Length: (\d+)", head)
        assert (length is not None) == (camera == 2)
        assert length is None or int(length[1]) == len(body) - 2


def test_an_unchanged_picture_is_sent_once_to_those_who_say_they_have_it(tmp_path) -> None:
    make(tmp_path)
    with running(tmp_path) as (url, _):
        with urllib.request.urlopen(f"{url}/1/unchanged/snapshot") as answer:
            tag = answer.headers["ETag"]
        with pytest.raises(urllib.error.HTTPError, match="304") as caught:
            get(f"{url}/1/unchanged/snapshot", headers={"If-None-Match": tag})
        caught.value.close()
        assert json.loads(get(f"{url}/counts")) == {"1": 1}


def test_a_folder_without_pictures_is_an_error(tmp_path) -> None:
    command = [sys.executable, "-m", "counterpoise.service.emulator", str(tmp_path)]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "holds no JPEG file" in done.stderr


def test_every_failure_of_a_device_can_be_asked_for() -> None:
    assert {"good", "stalled", "dripping", "cut", "bomb", "endless", "packed"} <= set(FAULTS)


def test_an_unsteady_camera_is_good_and_dead_by_turns(tmp_path) -> None:
    from aiohttp import ClientError, ClientSession, web

    (picture,) = make(tmp_path, number=1)
    now = 100.0

    async def run() -> list[bool]:
        nonlocal now
        runner = web.AppRunner(Emulator([picture], clock=lambda: now).application())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/1/unsteady/snapshot"
        found = []
        async with ClientSession() as session:
            for age in (0.0, STEADY - 1, STEADY, 2 * STEADY - 1, 2 * STEADY, 3 * STEADY):
                now = 100.0 + age
                try:
                    async with session.get(url) as response:
                        found.append(await response.read() == picture)
                except ClientError:
                    found.append(False)
        await runner.cleanup()
        return found

    assert asyncio.run(run()) == [True, True, False, False, True, False]


def test_a_quiet_one_sends_no_more_pictures(tmp_path) -> None:
    make(tmp_path)
    with running(tmp_path) as (url, _), urllib.request.urlopen(f"{url}/1/good/stream") as stream:
        stream.read(100)
        urllib.request.urlopen(f"{url}/quiet", data=b"").close()
        stream.read()  # it ends
        counts = get(f"{url}/counts")
        with pytest.raises(OSError, match="503"):
            get(f"{url}/1/good/snapshot")
        assert get(f"{url}/counts") == counts
        urllib.request.urlopen(f"{url}/loud", data=b"").close()
        with urllib.request.urlopen(f"{url}/1/good/snapshot") as again:
            assert again.read().startswith(b"\xff\xd8")


@pytest.mark.parametrize("fault", ["stalled", "dripping", "endless"])
def test_a_broken_download_ends_when_all_are_quiet(tmp_path, fault: str) -> None:
    make(tmp_path)
    with running(tmp_path) as (url, _), urllib.request.urlopen(f"{url}/1/{fault}/snapshot") as it:
        it.read(1)
        urllib.request.urlopen(f"{url}/quiet", data=b"").close()
        it.read()  # it ends
