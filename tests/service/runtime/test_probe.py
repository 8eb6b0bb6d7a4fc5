"""Try a device once: a frame, or in plain words why there is none and what to do."""

import asyncio
import socket
import threading
import time

import pytest

pytest.importorskip("aiohttp", reason="needs the extra serve: aiohttp")

from counterpoise.errors import ArgumentError
from counterpoise.service.emulator.server import FAULTS, Emulator
from counterpoise.service.runtime import probe as module
from counterpoise.service.runtime.device import Source
from counterpoise.service.runtime.egress import EgressGuard
from counterpoise.service.runtime.failure import REASONS, DeviceError
from counterpoise.service.runtime.probe import ADVICE, probe

EXPECTED = {
    "good": "",
    "unchanged": "",
    "frozen": "",
    "slow": "",
    "unsteady": "",
    "stalled": "timeout",
    "dripping": "timeout",
    "dead": "connect",
    "web-page": "not an image",
    "cut": "truncated",
    "bomb": "bomb",
    "endless": "too big",
    "packed": "protocol",
    "busy": "http",
    "refused": "auth",
    "in-circles": "http",
    "elsewhere": "blocked",
}


def tried(picture: bytes, path: str, kind: str = "snapshot") -> bytes | DeviceError:
    from aiohttp import web

    async def run() -> bytes | DeviceError:
        application = Emulator([picture], pause=0.01).application()
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        guard = EgressGuard(emulator=("127.0.0.1", port))
        try:
            source = Source(f"http://127.0.0.1:{port}{path}")
            return (await asyncio.to_thread(probe, kind, source, guard)).content
        except DeviceError as error:
            return error
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_every_fault_of_the_emulator_is_named_here() -> None:
    assert set(EXPECTED) == set(FAULTS)
    assert set(ADVICE) == set(REASONS), "and every failure has its advice"


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_is_said_in_words_with_what_to_do(fault, picture, monkeypatch) -> None:
    if EXPECTED[fault] == "timeout":
        monkeypatch.setattr(module, "LONGEST", 0.3)
    found = tried(picture, f"/1/{fault}/snapshot")
    if not EXPECTED[fault]:
        assert found == picture
        return
    assert isinstance(found, DeviceError)
    assert found.reason == EXPECTED[fault]
    assert str(found).startswith(REASONS[found.reason])
    said = found.detail if found.reason == "blocked" else f"({ADVICE[found.reason]})"
    assert said, "the guard's own words say what to do"
    assert str(found).endswith(said)


@pytest.mark.parametrize("camera", [1, 2])
def test_a_stream_is_tried_by_its_first_picture(camera, picture) -> None:
    assert tried(picture, f"/{camera}/good/stream", "mjpeg") == picture


def test_the_wrong_kind_is_told_to_try_another(picture) -> None:
    found = tried(picture, "/1/good/snapshot", "mjpeg")
    assert "got image/jpeg (try another kind" in str(found)


def test_a_kind_that_does_not_exist_or_sends_its_frames_itself_is_refused() -> None:
    with pytest.raises(ArgumentError, match="the kinds are snapshot, mjpeg"):
        probe("film", Source("http://camera.example/"), EgressGuard())
    with pytest.raises(ArgumentError, match="sends its frames itself"):
        probe("push", Source(""), EgressGuard())


def test_a_folder_can_be_tried(tmp_path, picture) -> None:
    (tmp_path / "a.jpg").write_bytes(picture)
    guard = EgressGuard(folders=(tmp_path,))
    assert probe("replay", Source(str(tmp_path)), guard).content == picture


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch) -> None:
    may_end = threading.Event()

    def hang(*args, **kwargs):
        may_end.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(module, "LONGEST", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    begun = time.monotonic()
    with pytest.raises(DeviceError, match="no picture came") as caught:
        probe("snapshot", Source("http://camera.example/"), EgressGuard())
    assert time.monotonic() - begun < 5.0
    assert caught.value.reason == "timeout"
    may_end.set()
